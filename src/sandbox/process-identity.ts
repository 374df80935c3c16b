/** A process named by pid and start time: a pid alone may have been given to somebody else since. */
import { readFileSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks after boot, field 22 of /proc/PID/stat. */
  readonly startTime: string
}

/** A file of one line, `PID START_TIME`; undefined when it is not there or says something else. */
export function readPidFile(path: string): ProcessIdentity | undefined {
  const match = /^(\d+) (\d+)$/.exec(readOrNothing(path).trim())
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { pid: Number(match[1]), startTime: match[2] }
}

/** A zombie counts as dead: the machine's PID 1 may be one that never reaps. */
export function isAlive(identity: ProcessIdentity): boolean {
  const stat = readOrNothing(`/proc/${identity.pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[19] === identity.startTime && fields[0] !== 'Z' && fields[0] !== 'X'
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
