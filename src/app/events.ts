/** Tells every listener what happened, in order; a listener that throws harms nobody else. */
import type { Events, WeftEvent } from './event-ports.ts'

export function createEvents(onListenerError: (error: unknown) => void): Events {
  const listeners = new Set<(event: WeftEvent) => void>()
  return {
    emit(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event)
        } catch (error) {
          onListenerError(error)
        }
      }
    },
    subscribe(listener) {
      // A wrapper of its own: the same function may listen twice, and each leaves by itself.
      const own = (event: WeftEvent): void => {
        listener(event)
      }
      listeners.add(own)
      return () => {
        listeners.delete(own)
      }
    },
  }
}
