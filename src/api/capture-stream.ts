/** The packets of a guest as weftd streams them. Through Node's http, loaded by who needs it. */
import type { IncomingMessage } from 'node:http'
import { pathOf } from './client.ts'
import type { Connection } from './client.ts'
import type { QueryOf } from './contract.ts'
import { openStream } from './streams.ts'

export type CaptureQuery = QueryOf<'capture'>

export interface CaptureStream {
  readonly interface: string
  /** How else the guest could have been asked for. */
  readonly others: readonly string[]
  /** A pcap file, or lines of text. */
  readonly packets: IncomingMessage
  /** Why it ended, when weftd ended it. */
  end(): CaptureEndView | undefined
  readonly leave: () => void
}

export interface CaptureEndView {
  readonly because: 'gone' | 'time' | 'ended'
  readonly captured: number
  readonly dropped: number
}

/** Resolves when packets are being seen; rejects with what is wrong with the filter. */
export async function openCapture(
  connection: Connection,
  guest: string,
  query: CaptureQuery,
): Promise<CaptureStream> {
  const leave = new AbortController()
  const path = pathOf('capture', { guest }, query)
  const packets = await openStream(connection, connection.socket, path, leave.signal)
  // Whoever leaves does not want to be told that the stream was cut off.
  packets.on('error', () => undefined)
  const header = (name: string): string => {
    const value = packets.headers[name]
    return typeof value === 'string' ? value : ''
  }
  return {
    interface: header('x-weft-interface'),
    others: header('x-weft-others')
      .split(' ')
      .filter((name) => name !== '')
      .map(decodeURIComponent),
    packets,
    end: () => {
      const text = packets.trailers['x-weft-end']
      return text === undefined ? undefined : (JSON.parse(text) as CaptureEndView)
    },
    leave: () => {
      leave.abort()
    },
  }
}
