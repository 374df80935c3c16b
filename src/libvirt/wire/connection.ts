/**
 * One client's connection: calls in, replies and events out. Several calls of a client are worked on at once, up to a limit; beyond it, and
 * while the client does not read what it is sent, nothing more is read of it. Whoever breaks the framing, or never reads, is dropped; nobody
 * else notices.
 */
import type { Socket } from 'node:net'
import { findCall } from './find-procedure.ts'
import {
  cutPackets,
  formatPacket,
  lengthAt,
  MOST_BYTES,
  PROGRAM_VERSION,
  PROGRAMS,
  STATUSES,
  TYPES,
  type Header,
  type Packet,
} from './frame.ts'
import { watchKeepalive } from './keepalive.ts'
import type { Call } from './procedure.ts'
import type { EventName, MessageOf } from './procedures.ts'
import { REMOTE_EVENTS } from './procedures/events.ts'
import { forbidden, remoteFailure, rpcFailure } from './failures.ts'
import { createStreams, type ServedStream } from './streams.ts'
import { remoteError, type RemoteError } from './types.ts'
import { decode, encode, isXdrError } from './xdr.ts'

/** As stock libvirtd has it by default: calls of one client that are worked on at the same time. */
const MOST_CALLS = 5
/** What a client has not fetched yet: as much as the largest packet. Who has let so much come does not read at all. */
const MOST_UNREAD_BYTES = MOST_BYTES

/** What a door has to give for clients to be served. */
export interface Service {
  /** Somebody has come. */
  begin(connection: Connection): Session
}

export interface Session {
  /** Resolves with the reply; throws what `explain` understands. */
  call(name: string, args: unknown): Promise<Reply>
  explain(error: unknown, name: string): RemoteError
  /** The client has gone. */
  end(): void
}

export interface Reply {
  readonly ret: unknown
  /** What the call has opened. */
  readonly stream?: ServedStream
  /** Done as soon as the reply is on its way: events may not come before the reply that promises them. */
  readonly afterwards?: () => void
}

export interface Connection {
  readonly isReadOnly: () => boolean
  /** From now on it may only read: the client has asked for that. */
  readonly restrict: () => void
  /** From now on it is asked now and then whether it is still there. */
  readonly keepAlive: () => void
  readonly send: <N extends EventName>(event: N, message: MessageOf<N>) => void
}

export function serveConnection(socket: Socket, service: Service, options: { isReadOnly: boolean }): void {
  let { isReadOnly } = options
  let isKnown = false
  let pieces: Buffer[] = []
  let size = 0
  /** So many bytes have to be there before there is anything to cut. */
  let needed = 0
  let calls = 0
  let busyStreams = 0
  let streamed = Promise.resolve()
  const waiting: Packet[] = []
  const keepalive = watchKeepalive(
    () => {
      write(socket, { ...PING, procedure: 1 }, EMPTY)
    },
    () => socket.destroy(),
  )
  const session = service.begin({
    isReadOnly: () => isReadOnly,
    restrict: () => {
      isReadOnly = true
    },
    keepAlive: keepalive.begin,
    send: (event, message) => {
      const { number, message: codec } = REMOTE_EVENTS[event]
      const header = { ...EVENT, procedure: number }
      write(socket, header, encode<unknown>(codec, message))
    },
  })

  const streams = createStreams({
    write: (packet) => push(socket, packet),
    drained: () =>
      socket.writableNeedDrain && !socket.destroyed
        ? new Promise((resolve) => {
            for (const event of ['drain', 'close']) socket.once(event, resolve)
          })
        : Promise.resolve(),
    explain: (error) => session.explain(error, ''),
  })

  socket.on('data', (piece: Buffer) => {
    keepalive.heard()
    pieces.push(piece)
    size += piece.length
    if (size < needed) return
    try {
      const { packets, rest } = cutPackets(pieces.length === 1 ? piece : Buffer.concat(pieces))
      waiting.push(...packets)
      pieces = rest.length === 0 ? [] : [Buffer.from(rest)]
      size = rest.length
      needed = lengthAt(rest, 0) ?? 0
    } catch {
      // There is no telling where the next packet begins.
      socket.destroy()
    }
    next()
  })
  socket.on('drain', next)
  socket.on('error', () => undefined)
  socket.on('close', () => {
    keepalive.end()
    waiting.length = 0
    streams.abortAll()
    session.end()
  })

  /** As many of the packets that have come as may be worked on now. */
  function next(): void {
    while (mayTake()) {
      const packet = waiting.shift()
      if (packet === undefined) break
      take(packet)
    }
    if (waiting.length > 0 || !mayTake()) socket.pause()
    else socket.resume()
  }

  function mayTake(): boolean {
    return calls < MOST_CALLS && busyStreams < MOST_CALLS && !socket.writableNeedDrain
  }

  function take({ header, body }: Packet): void {
    if (header.program === PROGRAMS.keepalive) {
      if (header.procedure === 1) write(socket, { ...PING, procedure: 2 }, EMPTY)
      return
    }
    if (header.type === TYPES.stream) {
      // One after the other: what takes longer to put away than to send is not read meanwhile.
      busyStreams++
      streamed = streamed
        .then(() => streams.take(header, body))
        .then(() => {
          busyStreams--
          next()
        })
      return
    }
    // A reply or an event is nothing a client may send.
    if (header.type !== TYPES.call) {
      socket.destroy()
      return
    }
    calls++
    answer(header, body).then(
      () => {
        calls--
        next()
      },
      // Not even the failure could be told: nobody else shall suffer for that.
      () => socket.destroy(),
    )
  }

  async function answer(header: Header, body: Buffer): Promise<void> {
    const found = findCall(header.program, header.procedure)
    const name = found?.name ?? ''
    try {
      if (header.program !== PROGRAMS.remote && header.program !== PROGRAMS.qemu) throw noProgram(header)
      if (header.version !== PROGRAM_VERSION) throw noProgram(header)
      if (found === undefined) throw rpcFailure(`unknown procedure: ${String(header.procedure)}`)
      const args = allowed(found.call, body)
      const { ret, stream, afterwards } = await session.call(name, args)
      if (name === 'AUTH_LIST') isKnown = true
      write(socket, { ...header, type: TYPES.reply, status: STATUSES.ok }, encode(found.call.ret, ret))
      if (stream !== undefined) streams.open(header, stream)
      afterwards?.()
    } catch (error) {
      const told = remoteFailure(error) ?? session.explain(error, name)
      const status = STATUSES.error
      write(socket, { ...header, type: TYPES.reply, status }, encode(remoteError, told))
    }
  }

  /** Its arguments, if this client may make this call now. */
  function allowed({ access, api, args: codec }: Call<unknown, unknown>, body: Buffer): unknown {
    if (!isKnown && access !== 'before') throw rpcFailure('authentication required')
    const args = readArguments(codec, body)
    const isHarmless = typeof access === 'function' ? access(args) : access !== 'write'
    if (isReadOnly && !isHarmless) throw forbidden(api)
    return args
  }
}

function readArguments(codec: Call<unknown, unknown>['args'], body: Buffer): unknown {
  try {
    return decode(codec, body)
  } catch (error) {
    if (isXdrError(error)) throw rpcFailure('Unable to decode message payload')
    throw error
  }
}

const noProgram = ({ program, version }: Header): Error =>
  rpcFailure(`Cannot find program ${String(program)} version ${String(version)}`)

const EMPTY = Buffer.alloc(0)
const BASE = { program: PROGRAMS.remote, version: PROGRAM_VERSION, status: STATUSES.ok } as const
/** Stock libvirtd gives its events the serial number 1. */
const EVENT = { ...BASE, type: TYPES.message, serial: 1 } as const
const PING = { ...BASE, program: PROGRAMS.keepalive, type: TYPES.message, serial: 0 } as const

function write(socket: Socket, header: Header, body: Buffer): void {
  push(socket, formatPacket(header, body))
}

/** False: the client does not read as fast. */
function push(socket: Socket, packet: Buffer): boolean {
  if (socket.destroyed) return true
  const isFlowing = socket.write(packet)
  if (socket.writableLength > MOST_UNREAD_BYTES) socket.destroy()
  return isFlowing
}
