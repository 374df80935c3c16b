/** A client of libvirt's protocol that waits for each reply: nothing but the call itself is measured. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { cutPackets, formatPacket, PROGRAMS, TYPES } from '../src/libvirt/wire/frame.ts'
import { REMOTE_CALLS, type ArgsOf, type CallName, type RetOf } from '../src/libvirt/wire/procedures.ts'
import type { Codec } from '../src/libvirt/wire/xdr.ts'
import { remoteError } from '../src/libvirt/wire/types.ts'
import { decode, encode } from '../src/libvirt/wire/xdr.ts'

export interface ProtocolClient {
  /** Throws what the daemon refuses with. */
  call<N extends CallName>(name: N, args: ArgsOf<N>): Promise<RetOf<N>>
  /** Messages that nobody asked for, events above all. */
  readonly events: () => number
  close(): void
}

export async function openClient(path: string): Promise<ProtocolClient> {
  const socket = connect(path)
  await once(socket, 'connect')
  const client = speak(socket)
  await client.call('AUTH_LIST', {})
  await client.call('CONNECT_OPEN', { name: 'qemu:///system', flags: 0 })
  return client
}

function speak(socket: Socket): ProtocolClient {
  let rest: Buffer = Buffer.alloc(0)
  let serial = 0
  let events = 0
  const waiting = new Map<number, (status: number, body: Buffer) => void>()
  socket.on('data', (piece) => {
    const cut = cutPackets(rest.length === 0 ? piece : Buffer.concat([rest, piece]))
    rest = cut.rest
    for (const { header, body } of cut.packets) {
      if (header.type === TYPES.message && header.program === PROGRAMS.remote) events++
      if (header.type !== TYPES.reply) continue
      const done = waiting.get(header.serial)
      waiting.delete(header.serial)
      done?.(header.status, body)
    }
  })
  return {
    call(name, args) {
      const found = REMOTE_CALLS[name]
      const mine = serial++
      const body = encode(found.args as Codec<unknown>, args)
      const { program, number } = { program: PROGRAMS.remote, number: found.number }
      socket.write(
        formatPacket(
          { program, version: 1, procedure: number, type: TYPES.call, serial: mine, status: 0 },
          body,
        ),
      )
      return new Promise((resolve, reject) => {
        waiting.set(mine, (status, reply) => {
          if (status === 0) resolve(decode(found.ret as Codec<unknown>, reply) as RetOf<typeof name>)
          else reject(new Error(`${name}: ${decode(remoteError, reply).message ?? ''}`))
        })
      })
    },
    events: () => events,
    close: () => socket.destroy(),
  }
}
