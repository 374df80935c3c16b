/** Processes that outlive weftd, found again through their pid files and checked by their command lines. */
import { readFileSync } from 'node:fs'

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
  return commandLine(pid)?.includes(match) === true ? pid : undefined
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
