/** The bytes of disks' files, as they lie there: read with their holes left out, and written with holes where nothing is. */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { FilePiece, FilePlace, FileReading } from '../app/disk-ports.ts'
import { WeftError } from '../core/errors.ts'
import { confinedArgv } from '../core/host/confinement.ts'
import type { HostFacts } from '../core/host/facts.ts'
import { runQuietly } from './check-image.ts'

const CHUNK_BYTES = 1024 * 1024

export async function readDiskFile(facts: HostFacts, path: string): Promise<FileReading> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  const { size, mtimeMs } = await file.stat()
  return {
    size,
    pieces: (from, to) => readPieces(facts, { path, file }, from, to),
    hasChanged: async () => {
      const now = await file.stat()
      return now.size !== size || now.mtimeMs !== mtimeMs
    },
    close: () => file.close(),
  }
}

interface Extent {
  readonly start: number
  readonly length: number
  readonly data: boolean
}

async function* readPieces(
  facts: HostFacts,
  { path, file }: { readonly path: string; readonly file: FileHandle },
  from: number,
  to: number,
): AsyncGenerator<FilePiece> {
  for (const { start, length, data } of await listExtents(facts, path)) {
    const begin = Math.max(from, start)
    const end = Math.min(to, start + length)
    if (begin >= end) continue
    if (data) yield* readData(file, begin, end)
    else yield { hole: end - begin }
  }
}

async function* readData(file: FileHandle, begin: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = begin; at < end;) {
    const want = Math.min(CHUNK_BYTES, end - at)
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(want), 0, want, at)
    // Cut off by somebody meanwhile: `hasChanged` says so.
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** Node has no SEEK_HOLE; qemu-img asks for it. As raw whatever is in it: this is about the file. It counts in sectors: the end of the last is cut. */
async function listExtents(facts: HostFacts, path: string): Promise<readonly Extent[]> {
  const argv = confinedArgv(facts, ['qemu-img', 'map', '-U', '--output=json', '-f', 'raw', path])
  const { code, out, said } = await runQuietly(argv)
  if (code === 0) return JSON.parse(out) as Extent[]
  throw new WeftError('command-failed', `where '${path}' has holes could not be found out`, {
    details: [['it said', said.trim()]],
  })
}

export async function fillDiskFile(
  path: string,
  place: FilePlace,
  pieces: AsyncIterable<FilePiece>,
): Promise<number> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    return await writePieces(file, place, pieces)
  } catch (error) {
    const isSpace = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '')
    if (!isSpace) throw error
    throw new WeftError('no-space', `there is no room for what comes`, {
      details: [['it said', (error as Error).message]],
      hint: `df -h ${path.slice(0, path.lastIndexOf('/'))}`,
      cause: error,
    })
  } finally {
    await file.close()
  }
}

async function writePieces(
  file: FileHandle,
  { offset, limit }: FilePlace,
  pieces: AsyncIterable<FilePiece>,
): Promise<number> {
  let at = offset
  for await (const piece of pieces) {
    const length = piece instanceof Uint8Array ? piece.length : piece.hole
    if (limit !== undefined && at + length > limit) throw tooMuch(limit)
    if (piece instanceof Uint8Array) await writeWhole(file, piece, at)
    // A new file has nothing there; of one that is changed what was there goes.
    else if (limit !== undefined) await clear(file, at, length)
    at += length
  }
  // A hole at the end is nothing that would have been written.
  if (limit === undefined || at > (await file.stat()).size) await file.truncate(at)
  return at - offset
}

const tooMuch = (limit: number): WeftError =>
  new WeftError(
    'invalid-argument',
    `more comes than there is room for: the file has ${String(limit)} bytes`,
    {
      hint: 'give fewer with --length, or the whole disk without --offset',
    },
  )

async function writeWhole(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done)
    done += bytesWritten
  }
}

/** Zeros only where something else is: what is a hole stays one. */
async function clear(file: FileHandle, at: number, length: number): Promise<void> {
  const zeros = Buffer.alloc(Math.min(length, CHUNK_BYTES))
  for (let done = 0; done < length; done += zeros.length) {
    const want = Math.min(zeros.length, length - done)
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(want), 0, want, at + done)
    if (bytesRead === 0) return
    if (!buffer.subarray(0, bytesRead).equals(zeros.subarray(0, bytesRead)))
      await writeWhole(file, zeros.subarray(0, bytesRead), at + done)
  }
}
