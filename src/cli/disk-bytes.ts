/** The files of `weft disk upload` and `download`: read with their holes found, and written whole or not at all; `-` is a pipe. */
import { execFile } from 'node:child_process'
import { constants, createReadStream } from 'node:fs'
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { lengthOf, findHoles, type Piece } from '../api/sparse-stream.ts'
import { formatDuration, formatSize } from '../core/size.ts'
import { WeftError } from '../core/errors.ts'
import { told } from './ask.ts'

const CHUNK_BYTES = 1024 * 1024
/** A file in a million pieces is told of in 100 bytes a piece. */
const MOST_OUTPUT = 256 * 1024 * 1024

export interface Source {
  /** undefined: it is a pipe. */
  readonly bytes: number | undefined
  readonly pieces: AsyncIterable<Piece>
}

/** At most `length` bytes of it, from its beginning. */
export async function readSource(file: string, length: number | undefined): Promise<Source> {
  if (file === '-')
    return { bytes: length, pieces: findHoles(limited(process.stdin as AsyncIterable<Uint8Array>, length)) }
  const found = await stat(file).catch(() => undefined)
  if (found === undefined || found.isDirectory())
    throw new WeftError('not-found', `there is no file '${file}'`, { hint: `ls -l ${file}` })
  // A device or a named pipe does not say how much there is.
  if (!found.isFile()) {
    const chunks = createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>
    return { bytes: length, pieces: findHoles(limited(chunks, length)) }
  }
  const bytes = Math.min(found.size, length ?? found.size)
  return { bytes, pieces: readParts(file, bytes) }
}

/** Without reading what is a hole already; what is zero otherwise becomes one. */
async function* readParts(file: string, size: number): AsyncGenerator<Piece> {
  for (const { start, length, data } of await listExtents(file, size)) {
    const end = Math.min(start + length, size)
    if (end <= start) continue
    if (!data) yield { hole: end - start }
    else yield* findHoles(createReadStream(file, { highWaterMark: CHUNK_BYTES, start, end: end - 1 }))
  }
}

interface Extent {
  readonly start: number
  readonly length: number
  readonly data: boolean
}

/** Node has no SEEK_HOLE. Where there is no qemu-img, all of the file is read. */
function listExtents(file: string, size: number): Promise<readonly Extent[]> {
  const argv = ['map', '-U', '--output=json', '-f', 'raw', file]
  return new Promise((resolve) => {
    execFile('qemu-img', argv, { maxBuffer: MOST_OUTPUT }, (error, out) => {
      resolve(error === null ? (JSON.parse(out) as Extent[]) : [{ start: 0, length: size, data: true }])
    })
  })
}

async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  length: number | undefined,
): AsyncGenerator<Uint8Array> {
  let left = length ?? Infinity
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) return
  }
}

/** Under another name until it is whole: a file that is there has everything. Bytes written. */
export async function writeTarget(file: string, pieces: AsyncIterable<Piece>): Promise<number> {
  if (file === '-') return writePipe(pieces)
  const isPlain = (await stat(file).catch(() => undefined))?.isFile() ?? true
  const part = isPlain ? `${file}.part` : file
  const target = await openTarget(part, isPlain)
  try {
    const bytes = await writeFile(target, pieces)
    if (isPlain) {
      await target.truncate(bytes)
      await target.sync()
      await rename(part, file)
    }
    return bytes
  } catch (error) {
    if (isPlain) await rm(part, { force: true })
    throw error
  } finally {
    await target.close()
  }
}

async function openTarget(path: string, isNew: boolean): Promise<FileHandle> {
  try {
    const { O_WRONLY, O_CREAT, O_TRUNC } = constants
    // What is on a disk is nobody else's business.
    return await open(path, isNew ? O_WRONLY | O_CREAT | O_TRUNC : O_WRONLY, 0o600)
  } catch (error) {
    throw new WeftError('invalid-argument', `'${path}' cannot be written`, {
      details: [['it said', (error as Error).message]],
    })
  }
}

async function writeFile(target: FileHandle, pieces: AsyncIterable<Piece>): Promise<number> {
  let at = 0
  for await (const piece of pieces) {
    if (piece instanceof Uint8Array)
      for (let done = 0; done < piece.length;)
        done += (await target.write(piece, done, piece.length - done, at + done)).bytesWritten
    at += lengthOf(piece)
  }
  return at
}

async function writePipe(pieces: AsyncIterable<Piece>): Promise<number> {
  const zeros = Buffer.alloc(CHUNK_BYTES)
  let sum = 0
  const put = async (bytes: Uint8Array): Promise<void> => {
    if (process.stdout.write(bytes)) return
    await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
  for await (const piece of pieces) {
    if (piece instanceof Uint8Array) await put(piece)
    else for (let left = piece.hole; left > 0; left -= zeros.length) await put(zeros.subarray(0, left))
    sum += lengthOf(piece)
  }
  return sum
}

/** Told on a terminal: `web: 1.2 GiB of 10 GiB, 12 %, 500 MiB/s`. */
export async function* telling(name: string, { bytes, pieces }: Source): AsyncGenerator<Piece> {
  const began = Date.now()
  let sum = 0
  for await (const piece of pieces) {
    yield piece
    sum += lengthOf(piece)
    const seconds = (Date.now() - began) / 1000
    const of = bytes === undefined ? '' : ` of ${formatSize(bytes)}`
    const percent = bytes === undefined || bytes === 0 ? '' : `, ${String(Math.floor((sum / bytes) * 100))} %`
    const speed = seconds < 1 ? '' : `, ${formatSize(sum / seconds)}/s`
    const left =
      bytes === undefined || seconds < 1
        ? ''
        : `, ${formatDuration(((bytes - sum) / sum) * seconds * 1000)} left`
    told.line = `${name}: ${formatSize(sum)}${of}${percent}${speed}${left}`
  }
}
