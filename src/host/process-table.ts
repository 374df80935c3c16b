/** Processes that outlive weftd, found again through their pid files and checked by their command lines. */
import { readFileSync } from 'node:fs'

/** Milliseconds; a kernel thread never has a command line. */
const MOST_LOOKS = 20
const CLOCK = new Int32Array(new SharedArrayBuffer(4))

/** The arguments joined by blanks, as pgrep -f matches them; undefined when it is gone or only a zombie is left. */
export function commandLine(pid: number): string | undefined {
  // A zombie's is empty.
  const line = readText(`/proc/${pid}/cmdline`)?.replace(/\0+$/, '').replaceAll('\0', ' ')
  return line === undefined || line === '' ? undefined : line
}

/** The process a pid file names, if it runs and its command line contains `match`: pids are given to others in time. */
export function findByPidFile(pidFile: string, match: string): number | undefined {
  const pid = Number.parseInt(readText(pidFile) ?? '', 10)
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined
  return settledCommandLine(pid)?.includes(match) === true ? pid : undefined
}

/** A process has no command line for a moment while it becomes another program: it is looked at again, so that it is not missed. */
function settledCommandLine(pid: number): string | undefined {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const line = commandLine(pid)
    if (line !== undefined || isOver(pid)) return line
    Atomics.wait(CLOCK, 0, 0, 1)
  }
  return undefined
}

/** proc_pid_stat(5): the state follows the name, which may hold anything. */
function isOver(pid: number): boolean {
  const stat = readText(`/proc/${pid}/stat`)
  return stat === undefined || /\) [ZX] [^)]*$/.test(stat)
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
