/** Files of guests over HTTP: what is wrong is said before the bytes begin, and a stream that is cut off never looks whole. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { QueryOf } from '../api/contract.ts'
import type { WrittenView } from '../api/inside-views.ts'
import { readInVm, writeInVm } from '../app/guest-files.ts'
import { WeftError } from '../core/errors.ts'
import { copyTo, untilCutOff, type BytesCall } from './byte-stream.ts'

/** Throws before anything was sent, or cuts the answer off. */
export async function serveGuestFile(
  { app, name, query }: BytesCall,
  response: ServerResponse,
): Promise<undefined> {
  const { path } = query as QueryOf<'readInVm'>
  const { mode, pieces } = await readInVm(app, name, path ?? nameless())
  const known = mode === undefined ? {} : { 'x-weft-mode': mode }
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'cache-control': 'no-store',
    ...known,
  })
  await copyTo(response, pieces)
  response.end()
}

/** `100-continue` is answered when the guest has opened the file: nobody sends one in vain. */
export async function takeGuestFile(
  { app, name, query }: BytesCall,
  response: ServerResponse,
  request: IncomingMessage,
): Promise<WrittenView> {
  const { path, mode } = query as QueryOf<'writeInVm'>
  const pieces = (): AsyncIterable<Uint8Array> => {
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue()
    return untilCutOff(request)
  }
  try {
    return await writeInVm(app, name, {
      path: path ?? nameless(),
      pieces,
      ...(mode === undefined ? {} : { mode }),
    })
  } finally {
    // Whatever still comes is thrown away: who is cut off in the middle of sending does not see the answer.
    if (!request.complete) response.setHeader('connection', 'keep-alive')
    request.resume()
  }
}

function nameless(): never {
  throw new WeftError('invalid-argument', 'the file has no name', { hint: 'path=/etc/motd' })
}
