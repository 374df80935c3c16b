/** What is remembered of machines that weft starts anew when they end: whose end somebody wanted, and how often each has been tried. */
import { CALM_MS, restartDelayMs } from '../core/vm/end-policy.ts'

export interface Restarts {
  /** A person ends it, or has it end: no policy is asked. */
  expectEnd(name: string): void
  /** It runs on, or again. */
  expectNothing(name: string): void
  isExpected(name: string): boolean
  /** How long to wait before the next start: longer each time, until it has run for a while. */
  nextDelayMs(name: string): number
  /** Does the work then, unless it is called off. */
  schedule(name: string, delayMs: number, work: () => void): void
  callOff(name: string): void
}

/** Returns the way to call it off. */
export type Alarm = (delayMs: number, work: () => void) => () => void

export function createRestarts(now: () => number, alarm: Alarm): Restarts {
  const expected = new Set<string>()
  const tries = new Map<string, { readonly times: number; readonly lastAt: number }>()
  const alarms = new Map<string, () => void>()
  const callOff = (name: string): void => {
    alarms.get(name)?.()
    alarms.delete(name)
  }
  return {
    expectEnd: (name) => void expected.add(name),
    expectNothing: (name) => void expected.delete(name),
    isExpected: (name) => expected.has(name),
    nextDelayMs(name) {
      const before = tries.get(name)
      const times = before === undefined || now() - before.lastAt > CALM_MS ? 0 : before.times
      const delayMs = restartDelayMs(times)
      tries.set(name, { times: times + 1, lastAt: now() + delayMs })
      return delayMs
    },
    schedule(name, delayMs, work) {
      callOff(name)
      alarms.set(
        name,
        alarm(delayMs, () => {
          alarms.delete(name)
          work()
        }),
      )
    },
    callOff,
  }
}
