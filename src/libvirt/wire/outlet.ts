/** What goes to one client, in its order. While somebody else writes to its socket, as one who passes it a descriptor does, it waits. */
import type { Socket } from 'node:net'
import { MOST_BYTES } from './frame.ts'

/** What a client has not fetched yet: as much as the largest packet. Who has let so much come does not read at all. */
const MOST_UNREAD_BYTES = MOST_BYTES

export interface Outlet {
  /** False: the client does not read as fast. */
  readonly push: (packet: Buffer) => boolean
  /** Resolves when the client has read what there was, or has gone. */
  readonly drained: () => Promise<void>
  /** What was pushed before has left, what is pushed meanwhile comes after. Throws what the work throws. */
  readonly whileAlone: (work: () => Promise<void>) => Promise<void>
}

export function createOutlet(socket: Socket): Outlet {
  let turn: Promise<unknown> = Promise.resolve()
  /** What waits for those that are alone; absent: nobody is. */
  let held: Buffer[] | undefined
  let alone = 0

  function push(packet: Buffer): boolean {
    if (socket.destroyed) return true
    held?.push(packet)
    const isFlowing = held === undefined && socket.write(packet)
    const waiting = held?.reduce((bytes, { length }) => bytes + length, 0) ?? 0
    if (socket.writableLength + waiting > MOST_UNREAD_BYTES) socket.destroy()
    return isFlowing
  }

  async function drained(): Promise<void> {
    if (held !== undefined) await turn
    if (!socket.writableNeedDrain || socket.destroyed) return
    await new Promise<void>((resolve) => {
      for (const event of ['drain', 'close'])
        socket.once(event, () => {
          resolve()
        })
    })
  }

  function whileAlone(work: () => Promise<void>): Promise<void> {
    alone++
    held ??= []
    const done = turn.then(async () => {
      await flushed()
      await work()
    })
    turn = done.then(release, release)
    return done
  }

  /** An empty write is done when those before it are. */
  const flushed = (): Promise<void> =>
    new Promise((resolve) => {
      socket.write(EMPTY, () => {
        resolve()
      })
    })

  function release(): void {
    alone--
    if (alone > 0) return
    const packets = held ?? []
    held = undefined
    for (const packet of packets) push(packet)
  }

  return { push, drained, whileAlone }
}

const EMPTY = Buffer.alloc(0)
