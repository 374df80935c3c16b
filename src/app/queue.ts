/** Changes to one object wait for each other; changes to different objects overlap. */
import type { Queue } from './ports.ts'

export function createQueue(): Queue {
  const tails = new Map<string, Promise<unknown>>()
  return {
    async run(key, work) {
      const before = tails.get(key) ?? Promise.resolve()
      const result = before.then(work)
      // Whoever comes next waits for the end, not for success.
      const tail = result.catch(() => undefined)
      tails.set(key, tail)
      try {
        return await result
      } finally {
        if (tails.get(key) === tail) tails.delete(key)
      }
    },
  }
}
