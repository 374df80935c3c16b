/** Bytes of volumes, to and from clients: with their holes, where a client asks for that. */
import { downloadDisk, uploadDisk, type Upload } from '../../app/disk-bytes.ts'
import type { FilePiece } from '../../app/disk-ports.ts'
import type { ArgsOf } from '../wire/procedures.ts'
import type { ServedStream, StreamClient } from '../wire/streams.ts'
import { createBytePipe } from './byte-pipe.ts'
import { explain, fail } from './failures.ts'
import { diskOf, diskWord } from './find-storage.ts'
import type { Context } from './handler.ts'

/** virStorageVolDownloadFlags and virStorageVolUploadFlags. */
const SPARSE = 1
const ZEROS = Buffer.alloc(64 * 1024)

type Transfer = ArgsOf<'STORAGE_VOL_UPLOAD'>
interface OpenedTransfer {
  readonly ret: Readonly<Record<string, never>>
  readonly stream: ServedStream
}

/** What is refused is refused before the stream opens. */
export async function download(context: Context, args: Transfer): Promise<OpenedTransfer> {
  const { app } = context
  const disk = await diskOf(context, args.vol)
  const isSparse = (args.flags & SPARSE) !== 0
  const length = args.length === 0n ? {} : { length: Number(args.length) }
  const range = { offset: Number(args.offset), ...length }
  const opened = Promise.withResolvers<undefined>()
  const begun = Promise.withResolvers<StreamClient>()
  let isLeft = false
  const sent = downloadDisk(app, await diskWord(app, disk), range, async (_bytes, pieces) => {
    opened.resolve(undefined)
    const client = await begun.promise
    for await (const piece of pieces) {
      if (isLeft) return
      await sendPiece(client, piece, isSparse)
    }
    client.end()
  })
  sent.catch((error: unknown) => {
    opened.reject(error)
    begun.promise.then(
      (client) => {
        client.fail(explain(error, 'storage'))
      },
      () => undefined,
    )
  })
  await opened.promise
  const leave = (): void => {
    isLeft = true
    begun.reject(new Error('the client has left'))
  }
  return {
    ret: {},
    stream: { begin: begun.resolve, data: () => undefined, finish: leave, abort: leave },
  }
}

async function sendPiece(client: StreamClient, piece: FilePiece, isSparse: boolean): Promise<void> {
  const wait = async (isFlowing: boolean): Promise<void> => {
    if (!isFlowing) await client.drained()
  }
  if (piece instanceof Uint8Array) {
    await wait(client.send(Buffer.from(piece.buffer, piece.byteOffset, piece.length)))
    return
  }
  if (isSparse) {
    await wait(client.skip(piece.hole))
    return
  }
  for (let left = piece.hole; left > 0; left -= ZEROS.length)
    await wait(client.send(ZEROS.subarray(0, Math.min(left, ZEROS.length))))
}

/** The volume has the new bytes when all of them have come, or none. */
export async function upload(context: Context, args: Transfer): Promise<OpenedTransfer> {
  const { app, change } = context
  const disk = await diskOf(context, args.vol)
  const pipe = createBytePipe()
  const opened = Promise.withResolvers<undefined>()
  const wanted: Upload = {
    // What comes for the tables of an image is a whole image.
    ...(disk.format === 'raw' || args.offset > 0n ? { offset: Number(args.offset), mayGrow: true } : {}),
    pieces: () => {
      opened.resolve(undefined)
      return pipe.pieces()
    },
  }
  let client: StreamClient | undefined
  const done = uploadDisk(app, await diskWord(app, disk), wanted, change)
  done.catch((error: unknown) => {
    opened.reject(error)
    client?.fail(explain(error, 'storage'))
  })
  await opened.promise
  let left = args.length === 0n ? Number.MAX_SAFE_INTEGER : Number(args.length)
  const take = (piece: FilePiece): Promise<void> => {
    left -= piece instanceof Uint8Array ? piece.length : piece.hole
    if (left >= 0) return pipe.push(piece)
    throw fail('system', 'storage', 'cannot write to stream: No space left on device')
  }
  const stop = (): void => {
    pipe.break(new Error('the client has broken the upload off'))
  }
  return {
    ret: {},
    stream: {
      begin: (given) => {
        client = given
      },
      data: async (bytes) => {
        try {
          await take(bytes)
        } catch (error) {
          stop()
          throw error
        }
      },
      ...((args.flags & SPARSE) === 0 ? {} : { hole: (length: number) => take({ hole: length }) }),
      finish: async () => {
        pipe.end()
        await done
      },
      abort: stop,
    },
  }
}
