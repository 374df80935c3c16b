/** Bytes from and to whoever has called, at his pace. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { WeftError } from '../core/errors.ts'
import { drained } from './drained.ts'

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
