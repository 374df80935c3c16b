/** Tells who was plugged in, pulled out or switched, whoever did it: compares the links when something is said to have happened. */
import { portEvents, seenPorts, type SeenPorts } from '../app/port-events.ts'
import type { App } from '../app/ports.ts'

/** One look for a burst of changes. */
const GATHER_MS = 30

export interface PortWatch {
  /** Something happened to a link of a bridge's. */
  touch(): void
  stop(): void
}

export async function watchPorts(app: App, log: (line: string) => void): Promise<PortWatch> {
  let known: SeenPorts = seenPorts(await app.host.links())
  let timer: NodeJS.Timeout | undefined
  let last: Promise<void> = Promise.resolve()
  const look = async (): Promise<void> => {
    const seen = seenPorts(await app.host.links())
    const events = portEvents(known, seen)
    known = seen
    for (const event of events) app.events.emit(event)
  }
  const touch = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      last = last.then(look).catch((error: unknown) => {
        log(`could not look at the ports: ${String(error)}`)
      })
    }, GATHER_MS).unref()
  }
  // weft's own changes are known without the kernel's monitors, which may just be starting.
  const leave = app.events.subscribe((event) => {
    if (event.kind === 'change') touch()
  })
  return {
    touch,
    stop: () => {
      leave()
      clearTimeout(timer)
    },
  }
}
