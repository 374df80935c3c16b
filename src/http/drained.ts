/** Waiting for a reader that is slow: nothing piles up here. */
import type { ServerResponse } from 'node:http'

/** Resolves also when he has gone. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
