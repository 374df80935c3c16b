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
  PROGRAM_VERSION,
  PROGRAMS,
  STATUSES,
  TYPES,
  type Header,
  type Packet,
} from './frame.ts'
import { watchKeepalive } from './keepalive.ts'
import { createOutlet } from './outlet.ts'
import type { Call, Event } from './procedure.ts'
import type { EventName, MessageOf } from './procedures.ts'
import { REMOTE_EVENTS } from './procedures/events.ts'
import { QEMU_PROCEDURES } from './procedures/qemu.ts'
import { forbidden, noDescriptors, remoteFailure, rpcFailure } from './failures.ts'
import type { Turns } from './turns.ts'
import { createStreams, type ServedStream } from './streams.ts'
import { remoteError, type RemoteError } from './types.ts'
import { decode, encode, isXdrError, type Codec } from './xdr.ts'

/** As stock libvirtd has it by default: calls of one client that are worked on at the same time. */
const MOST_CALLS = 5
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
  /** Path of a socket, to which the client gets a connection with the reply. */
  readonly socket?: string
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

export interface ServeOptions {
  readonly isReadOnly: boolean
  /** Sends the client a packet and then, with one byte, a connection to the socket at that path. Throws while nothing has been sent. */
  readonly passSocket: (client: Socket, packet: Buffer, path: string) => Promise<void>
  /** The same for all clients. */
  readonly turns: Turns
}

export function serveConnection(socket: Socket, service: Service, options: ServeOptions): void {
  let { isReadOnly } = options
  const { turns } = options
  const outlet = createOutlet(socket)
  const write = (header: Header, body: Buffer): boolean => outlet.push(formatPacket(header, body))
  let isKnown = false
  let pieces: Buffer[] = []
  let size = 0
  /** So many bytes have to be there before there is anything to cut. */
  let needed = 0
  let calls = 0
  let busyStreams = 0
  let streamed = Promise.resolve()
  let isInLine = false
  const waiting: Packet[] = []
  const keepalive = watchKeepalive(
    () => {
      write({ ...PING, procedure: 1 }, EMPTY)
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
      const { program, number, message: codec } = eventCalled(event)
      const header = { ...EVENT, program, procedure: number }
      write(header, encode<unknown>(codec, message))
    },
  })

  const streams = createStreams({
    write: outlet.push,
    drained: outlet.drained,
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
    while (!isInLine && mayTake() && waiting.length > 0) {
      if (turns.isOpen()) takeNext()
      else stand()
    }
    if (waiting.length >= MOST_CALLS || !mayTake()) socket.pause()
    else socket.resume()
  }

  /** Behind the other clients. */
  function stand(): void {
    isInLine = true
    turns.wait(() => {
      isInLine = false
      if (mayTake()) takeNext()
      next()
    })
  }

  function takeNext(): void {
    const packet = waiting.shift()
    if (packet !== undefined) take(packet)
  }

  function mayTake(): boolean {
    return calls < MOST_CALLS && busyStreams < MOST_CALLS && !socket.writableNeedDrain
  }

  function take({ header, body }: Packet): void {
    if (header.program === PROGRAMS.keepalive) {
      if (header.procedure === 1) write({ ...PING, procedure: 2 }, EMPTY)
      return
    }
    if (header.type === TYPES.stream || header.type === TYPES.streamHole) {
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
    if (header.type !== TYPES.call && header.type !== TYPES.callWithFds) {
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
      if (header.type === TYPES.callWithFds) throw noDescriptors()
      if (found === undefined) throw rpcFailure(`unknown procedure: ${String(header.procedure)}`)
      const args = allowed(found.call, body)
      const { ret, stream, socket: passed, afterwards } = await session.call(name, args)
      if (name === 'AUTH_LIST') isKnown = true
      const reply = encode(found.call.ret, ret)
      if (passed === undefined) write({ ...header, type: TYPES.reply, status: STATUSES.ok }, reply)
      else await pass(header, reply, passed)
      // Who has gone meanwhile leaves nothing open.
      if (socket.destroyed) stream?.abort()
      else if (stream !== undefined) streams.open(header, stream)
      afterwards?.()
    } catch (error) {
      const told = remoteFailure(error) ?? session.explain(error, name)
      const status = STATUSES.error
      write({ ...header, type: TYPES.reply, status }, encode(remoteError, told))
    }
  }

  function pass(header: Header, reply: Buffer, path: string): Promise<void> {
    const body = Buffer.concat([ONE_DESCRIPTOR, reply])
    const packet = formatPacket({ ...header, type: TYPES.replyWithFds, status: STATUSES.ok }, body)
    return outlet.whileAlone(() => options.passSocket(socket, packet, path))
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

function eventCalled(name: EventName): { program: number; number: number; message: Codec<unknown> } {
  if (name !== 'DOMAIN_MONITOR_EVENT')
    return { program: PROGRAMS.remote, ...(REMOTE_EVENTS[name] as Event<unknown>) }
  return { program: PROGRAMS.qemu, ...(QEMU_PROCEDURES[name] as Event<unknown>) }
}

const noProgram = ({ program, version }: Header): Error =>
  rpcFailure(`Cannot find program ${String(program)} version ${String(version)}`)

const EMPTY = Buffer.alloc(0)
/** What stands before a reply that descriptors go with: how many. */
const ONE_DESCRIPTOR = Buffer.from([0, 0, 0, 1])
const BASE = { program: PROGRAMS.remote, version: PROGRAM_VERSION, status: STATUSES.ok } as const
/** Stock libvirtd gives its events the serial number 1. */
const EVENT = { ...BASE, type: TYPES.message, serial: 1 } as const
const PING = { ...BASE, program: PROGRAMS.keepalive, type: TYPES.message, serial: 0 } as const
