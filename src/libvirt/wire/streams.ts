/**
 * Streams of one connection: bytes beside the calls, opened by the reply to one of them and known by its number. Both ends may finish; who
 * does is answered. What comes after the end is dropped: the client may not know of it yet.
 */
import { formatPacket, STATUSES, STREAM_BYTES, TYPES, type Header } from './frame.ts'
import { remoteError, type RemoteError } from './types.ts'
import { decode, encode, hyper, struct, uint } from './xdr.ts'

/** What a call has opened, from the side of whoever answers it. */
export interface ServedStream {
  /** The reply is on its way: from now on bytes may be sent. */
  begin(client: StreamClient): void
  /** Bytes of the client; resolves when more may come. */
  data(bytes: Buffer): void | Promise<void>
  /** So many bytes that are zero, told and not sent; absent: the call that opened it has not asked for that. */
  hole?(length: number): void | Promise<void>
  /** The client has finished: resolves when everything is where it belongs. */
  finish(): void | Promise<void>
  /** It was broken off, or the client has gone. */
  abort(): void
}

export interface StreamClient {
  /** False: it does not read as fast; `drained` says when it has caught up. */
  send(bytes: Buffer): boolean
  /** So many zeros, where the client has asked to be told; as `send`. */
  skip(length: number): boolean
  drained(): Promise<void>
  /** No more bytes come. */
  end(): void
  fail(error: RemoteError): void
}

/** How packets get to the client. */
export interface Wire {
  /** False: it has to be waited for. */
  write(packet: Buffer): boolean
  drained(): Promise<void>
  explain(error: unknown): RemoteError
}

export interface Streams {
  open(header: Header, stream: ServedStream): void
  /** A packet of a stream; resolves when the next one may be looked at. */
  take(header: Header, body: Buffer): Promise<void>
  /** The client has gone. */
  abortAll(): void
}

const EMPTY = Buffer.alloc(0)
const HOLE = struct({ length: hyper, flags: uint })

export function createStreams(wire: Wire): Streams {
  const open = new Map<number, ServedStream>()

  const send = (header: Header, status: number, body: Buffer): boolean =>
    wire.write(formatPacket({ ...header, type: TYPES.stream, status }, body))

  function fail(header: Header, error: RemoteError): void {
    if (open.delete(header.serial)) send(header, STATUSES.error, encode(remoteError, error))
  }

  function clientOf(header: Header): StreamClient {
    const isOpen = (): boolean => open.has(header.serial)
    return {
      send(bytes) {
        if (!isOpen()) return true
        let isFlowing = true
        for (let at = 0; at < bytes.length; at += STREAM_BYTES)
          isFlowing = send(header, STATUSES.continue, bytes.subarray(at, at + STREAM_BYTES))
        return isFlowing
      },
      skip(length) {
        if (!isOpen()) return true
        const hole = encode(HOLE, { length: BigInt(length), flags: 0 })
        return wire.write(
          formatPacket({ ...header, type: TYPES.streamHole, status: STATUSES.continue }, hole),
        )
      },
      drained: () => wire.drained(),
      // The client answers by finishing too.
      end: () => {
        if (isOpen()) send(header, STATUSES.continue, EMPTY)
      },
      fail: (error) => {
        fail(header, error)
      },
    }
  }

  return {
    open(header, stream) {
      open.set(header.serial, stream)
      stream.begin(clientOf(header))
    },
    async take(header, body) {
      const stream = open.get(header.serial)
      if (stream === undefined) return
      try {
        if (header.type === TYPES.streamHole) {
          if (stream.hole === undefined) throw new Error('a hole in a stream that has none')
          const { length } = decode(HOLE, body)
          if (length < 0n) throw new Error('a hole of less than nothing')
          await stream.hole(Number(length))
          return
        }
        if (header.status === STATUSES.continue) {
          await stream.data(body)
          return
        }
        if (header.status === STATUSES.ok) await stream.finish()
        else stream.abort()
        if (open.delete(header.serial)) send(header, STATUSES.ok, EMPTY)
      } catch (error) {
        fail(header, wire.explain(error))
      }
    },
    abortAll() {
      for (const stream of open.values()) stream.abort()
      open.clear()
    },
  }
}
