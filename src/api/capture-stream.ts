/** The packets of a guest as weftd streams them. Through Node's http, loaded by who needs it. */
import type { IncomingMessage } from 'node:http'
import { WeftError } from '../core/errors.ts'
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
  readonly packets: AsyncIterable<Uint8Array>
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
  const response = await openStream(connection, connection.socket, path, leave.signal)
  const header = (name: string): string => {
    const value = response.headers[name]
    return typeof value === 'string' ? value : ''
  }
  return {
    interface: header('x-weft-interface'),
    others: header('x-weft-others')
      .split(' ')
      .filter((name) => name !== '')
      .map(decodeURIComponent),
    packets: untilLeft(response, leave.signal),
    end: () => {
      const text = response.trailers['x-weft-end']
      return text === undefined ? undefined : (JSON.parse(text) as CaptureEndView)
    },
    leave: () => {
      leave.abort()
    },
  }
}

/** Whoever leaves does not want to be told that the stream was cut off. */
async function* untilLeft(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of response as AsyncIterable<Uint8Array>) yield bytes
  } catch (cause) {
    if (signal.aborted) return
    throw new WeftError('daemon-unreachable', 'weftd went away in the middle of the capture', {
      hint: 'weft status',
      cause,
    })
  }
}
