/**
 * Who repairs the same thing again and again fights somebody, or something that cannot run: after a few times within a minute weft
 * waits until the first of them is a minute ago.
 */

export interface Patience {
  /** How long to wait before the next time; 0: not at all. */
  waitMs(what: string): number
  acted(what: string): void
  /** All that begins so. */
  forget(beginning: string): void
}

export const MOST_TIMES = 5
const WINDOW_MS = 60_000

export function createPatience(now: () => number): Patience {
  const times = new Map<string, readonly number[]>()
  const recent = (what: string): readonly number[] =>
    (times.get(what) ?? []).filter((time) => time > now() - WINDOW_MS)
  return {
    waitMs(what) {
      const [first = 0, ...more] = recent(what)
      return more.length + 1 < MOST_TIMES ? 0 : Math.max(0, first + WINDOW_MS - now())
    },
    acted(what) {
      times.set(what, [...recent(what), now()])
    },
    forget(beginning) {
      for (const what of [...times.keys()]) if (what.startsWith(beginning)) times.delete(what)
    },
  }
}
