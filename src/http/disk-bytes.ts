/** The bytes of disks over HTTP, as they are or with their holes left out; what is wrong is said before they begin, and a stream that is cut off never looks whole. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { QueryOf } from '../api/contract.ts'
import { decodeSparse, encodeSparse, SPARSE_TYPE, type Piece } from '../api/sparse-stream.ts'
import { downloadDisk, uploadDisk } from '../app/disk-bytes.ts'
import type { ChangeView } from '../api/views.ts'
import { copyTo, untilCutOff, type BytesCall } from './byte-stream.ts'
import { changeView } from './handler.ts'

/** Throws before anything was sent, or cuts the answer off. */
export async function serveDownload(
  { app, name, query }: BytesCall,
  response: ServerResponse,
): Promise<undefined> {
  const { offset, length, sparse = false } = query as QueryOf<'downloadDisk'>
  const range = { ...(offset === undefined ? {} : { offset }), ...(length === undefined ? {} : { length }) }
  await downloadDisk(app, name, range, async (bytes, pieces) => {
    const sized = sparse ? { 'x-weft-bytes': bytes } : { 'content-length': bytes }
    const type = sparse ? SPARSE_TYPE : 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', ...sized })
    await copyTo(response, sparse ? encodeSparse(pieces) : fillHoles(pieces))
  })
  response.end()
}

const ZEROS = Buffer.alloc(256 * 1024)

async function* fillHoles(pieces: AsyncIterable<Piece>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece
    else for (let left = piece.hole; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left)
  }
}

/** `100-continue` is not answered before everything but the bytes is as it should be: nobody sends a disk in vain. */
export async function serveUpload(
  { app, name, query, request: change }: BytesCall,
  response: ServerResponse,
  request: IncomingMessage,
): Promise<ChangeView> {
  const { offset } = query as QueryOf<'uploadDisk'>
  const isSparse = request.headers['content-type'] === SPARSE_TYPE
  const pieces = (): AsyncIterable<Piece> => {
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue()
    const chunks = untilCutOff(request)
    return isSparse ? decodeSparse(chunks) : chunks
  }
  const upload = { pieces, ...(offset === undefined ? {} : { offset }) }
  try {
    return await changeView(uploadDisk(app, name, upload, change))
  } finally {
    // Whatever still comes is thrown away: who is cut off in the middle of sending does not see the answer.
    if (!request.complete) response.setHeader('connection', 'keep-alive')
    request.resume()
  }
}
