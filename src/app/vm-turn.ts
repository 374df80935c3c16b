/** Whose turn it is with a machine: what ends or moves it waits for a start of it that is under way. */
import { HOST_QUEUE } from './find-network.ts'
import type { App } from './ports.ts'
import type { Lend } from './queue.ts'

/** A start lends the host to others while its QEMU loads, but not the machine. */
export function inTurnOf<T>(app: App, name: string, work: (lend: Lend) => Promise<T>): Promise<T> {
  return app.queue.run(`vm:${name}`, () => app.queue.run(HOST_QUEUE, work))
}
