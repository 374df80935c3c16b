/**
 * Clients share weftd's one thread with everything else that it does. Of each turn of the event loop they get so much together; who comes
 * later waits for the next one, in order. So a change, which goes through many turns, does not wait in each for all who only ask.
 */

/** Some twenty short calls. */
const MOST_MS = 0.5

export interface Turns {
  /** Whether a call may be begun now. */
  readonly isOpen: () => boolean
  /** Is called in a later turn, after those that wait already. */
  readonly wait: (go: () => void) => void
}

export function createTurns(): Turns {
  const line: (() => void)[] = []
  let isBegun = false
  let end = 0

  function begin(): void {
    isBegun = true
    end = performance.now() + MOST_MS
    setImmediate(next)
  }

  function next(): void {
    isBegun = false
    if (line.length > 0) void serve()
  }

  async function serve(): Promise<void> {
    begin()
    do {
      line.shift()?.()
      // What it answers at once is part of its time.
      await Promise.resolve()
    } while (line.length > 0 && performance.now() < end)
  }

  return {
    isOpen() {
      if (isBegun) return line.length === 0 && performance.now() < end
      // Whoever waits has begun it.
      begin()
      return true
    },
    wait(go) {
      line.push(go)
      if (!isBegun) begin()
    },
  }
}
