/** What the kernel says of a thread in /proc/PID/task/TID/stat (proc(5)). */

export interface ThreadTime {
  readonly seconds: number
  /** That it ran on last. */
  readonly processor: number
}

/** USER_HZ, which is 100 on every x86. */
const TICKS_PER_SECOND = 100
/** Counted from the field after the name, which may hold anything. */
const USER_TICKS = 11
const SYSTEM_TICKS = 12
const PROCESSOR = 36

/** undefined: it is no such text. */
export function threadTimeOf(stat: string): ThreadTime | undefined {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(' ')
  const [user, system, processor] = [fields[USER_TICKS], fields[SYSTEM_TICKS], fields[PROCESSOR]].map(Number)
  if (user === undefined || system === undefined || processor === undefined) return undefined
  if (Number.isNaN(user + system + processor)) return undefined
  return { seconds: (user + system) / TICKS_PER_SECOND, processor }
}
