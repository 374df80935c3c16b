/** The bytes of disks, to weftd and from it, with their holes left out. Through Node's http, loaded by who needs it. */
import { WeftError } from '../core/errors.ts'
import { pathOf } from './client.ts'
import type { Connection } from './client.ts'
import { decodeSparse, encodeSparse, SPARSE_TYPE, type Piece } from './sparse-stream.ts'
import { openStream, sendStream } from './streams.ts'
import type { ChangeView } from './views.ts'

export interface UploadOrder {
  readonly name: string
  readonly offset: number | undefined
  /** None are asked for then. */
  readonly isDryRun: boolean
}

/** Resolves when the disk has them; throws what `pieces` throws, and then the disk is as it was. */
export async function sendDiskBytes(
  connection: Connection,
  { name, offset, isDryRun }: UploadOrder,
  pieces: AsyncIterable<Piece>,
): Promise<ChangeView> {
  const path = pathOf('uploadDisk', { name }, { offset, ...(isDryRun ? { dryRun: true } : {}) })
  return (await sendStream(connection, { path, type: SPARSE_TYPE }, encodeSparse(pieces))) as ChangeView
}

export interface DiskRange {
  readonly name: string
  readonly offset: number | undefined
  readonly length: number | undefined
}

/** With how many there are; they throw when they are cut off before their end. */
export async function openDiskBytes(
  connection: Connection,
  { name, offset, length }: DiskRange,
): Promise<{ readonly bytes: number; readonly pieces: AsyncIterable<Piece> }> {
  const path = pathOf('downloadDisk', { name }, { offset, length, sparse: true })
  const { signal } = new AbortController()
  const response = await openStream(connection, connection.socket, path, signal)
  return {
    bytes: Number(response.headers['x-weft-bytes']),
    pieces: decodeSparse(untilCutOff(response, name)),
  }
}

async function* untilCutOff(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) yield chunk
  } catch (cause) {
    throw new WeftError('conflict', `the bytes of disk '${name}' were cut off`, {
      hint: 'it has been written to meanwhile, or weftd has ended: look, and begin anew',
      cause,
    })
  }
}
