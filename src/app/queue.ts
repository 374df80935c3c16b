/** Changes to one object wait for each other; changes to different objects overlap. */

export interface Queue {
  run<T>(key: string, work: (lend: Lend) => Promise<T>): Promise<T>
}

/** Others have their turns while one only waits for something; afterwards one queues anew, behind whoever came meanwhile. */
export type Lend = <T>(wait: () => Promise<T>) => Promise<T>

export function createQueue(): Queue {
  const tails = new Map<string, Promise<void>>()

  /** Resolves when it is one's turn, with what ends it. */
  const takeTurn = async (key: string): Promise<() => void> => {
    const before = tails.get(key)
    let end = (): void => undefined
    const turn = new Promise<void>((resolve) => (end = resolve))
    const tail = (before ?? Promise.resolve()).then(() => turn)
    tails.set(key, tail)
    await before
    return () => {
      end()
      if (tails.get(key) === tail) tails.delete(key)
    }
  }

  return {
    async run(key, work) {
      let endTurn = await takeTurn(key)
      const lend: Lend = async (wait) => {
        endTurn()
        try {
          return await wait()
        } finally {
          endTurn = await takeTurn(key)
        }
      }
      // Whoever comes next waits for the end, not for success.
      try {
        return await work(lend)
      } finally {
        endTurn()
      }
    },
  }
}

/** Waits for each of them, always in one order: nobody changes any of these objects meanwhile. */
export function inTurns<T>(queue: Queue, keys: readonly string[], work: () => Promise<T>): Promise<T> {
  const [first, ...rest] = [...keys].sort()
  return first === undefined ? work() : queue.run(first, () => inTurns(queue, rest, work))
}
