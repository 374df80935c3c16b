/** Bytes from and to whoever has called, at his pace. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChangeRequest } from '../app/change.ts'
import type { App } from '../app/ports.ts'
import { WeftError } from '../core/errors.ts'
import { drained } from './drained.ts'

/** What a route of bytes is called with. */
export interface BytesCall {
  readonly app: App
  /** Of the disk or the machine. */
  readonly name: string
  readonly query: Readonly<Record<string, unknown>>
  readonly request: ChangeRequest
}

export async function copyTo(response: ServerResponse, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) {
    if (response.destroyed) throw new WeftError('conflict', 'whoever asked for the bytes has gone')
    if (!response.write(chunk)) await drained(response)
  }
}

/** Not to its end with `for await`: leaving that closes the connection before anything is answered. */
export async function* untilCutOff(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
    for await (const chunk of chunks) yield chunk
  } catch (cause) {
    throw new WeftError('invalid-argument', 'the bytes were cut off', { cause })
  }
}
