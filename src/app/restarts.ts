/**
 * What is remembered of machines that weft starts anew when they end: whose end somebody wanted, and how often each has been tried. A
 * start that is to come is noted until it has succeeded or is called off, so that the next weftd goes on with it.
 */
import { CALM_MS, restartDelayMs, type PendingRestart } from '../core/vm/end-policy.ts'

export interface Restarts {
  /** A person ends it, or has it end: no policy is asked. */
  expectEnd(name: string): void
  /** It runs on, or again. */
  expectNothing(name: string): void
  isExpected(name: string): boolean
  /** A reboot that somebody here has asked for and waits for. Returns the way to say that it is over. */
  expectReboot(name: string): () => void
  isRebooting(name: string): boolean
  /** That it is to be started anew: after a longer time each time, until it has run for a while. */
  note(name: string): void
  /** How long it is until then. */
  delayMs(name: string): number
  /** Does the work then, unless it is called off. */
  schedule(name: string, delayMs: number, work: () => void): void
  /** It runs, or nobody wants it any more. */
  callOff(name: string): void
  /** This weftd ends: what is noted is left to the next one. */
  close(): void
  /** Who is to be started anew, whichever weftd has noted it. */
  pending(): readonly string[]
}

/** Returns the way to call it off. */
export type Alarm = (delayMs: number, work: () => void) => () => void

/** Where they are kept until the host is booted again. */
export interface RestartNotes {
  read(): readonly PendingRestart[]
  write(all: readonly PendingRestart[]): void
}

/** `now` in milliseconds since 1970: the next weftd has to understand it. */
export function createRestarts(now: () => number, alarm: Alarm, notes: RestartNotes): Restarts {
  const expected = new Set<string>()
  const rebooting = new Set<string>()
  const pending = new Map(notes.read().map((each) => [each.name, each]))
  const tries = new Map([...pending].map(([name, { times, at }]) => [name, { times, lastAt: at }]))
  const alarms = new Map<string, () => void>()
  const silence = (name: string): void => {
    alarms.get(name)?.()
    alarms.delete(name)
  }
  return {
    expectEnd: (name) => void expected.add(name),
    expectNothing: (name) => void expected.delete(name),
    isExpected: (name) => expected.has(name),
    expectReboot(name) {
      rebooting.add(name)
      return () => void rebooting.delete(name)
    },
    isRebooting: (name) => rebooting.has(name),
    note(name) {
      const before = tries.get(name)
      const times = before === undefined || now() - before.lastAt > CALM_MS ? 0 : before.times
      const at = now() + restartDelayMs(times)
      tries.set(name, { times: times + 1, lastAt: at })
      pending.set(name, { name, at, times: times + 1 })
      notes.write([...pending.values()])
    },
    delayMs: (name) => Math.max(0, (pending.get(name)?.at ?? 0) - now()),
    schedule(name, delayMs, work) {
      silence(name)
      alarms.set(
        name,
        alarm(delayMs, () => {
          alarms.delete(name)
          work()
        }),
      )
    },
    callOff(name) {
      silence(name)
      if (pending.delete(name)) notes.write([...pending.values()])
    },
    close() {
      for (const name of [...alarms.keys()]) silence(name)
    },
    pending: () => [...pending.keys()],
  }
}
