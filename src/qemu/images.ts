/**
 * Disk images as their first bytes describe them. Read here rather than with qemu-img: nothing runs on a file that a guest has
 * written, and a hundred images are listed in the time of one process.
 */
import { open, readdir, stat } from 'node:fs/promises'
import type { ImageFacts, Images } from '../app/ports.ts'

const QCOW2_MAGIC = 0x514649fb
const HEADER_BYTES = 72
/** From version 3 on: features a reader must know. */
const DATA_FILE_FEATURE = 1n << 2n
/** The format's own limit. */
const LONGEST_BACKING_NAME = 1023

export function createImages(): Images {
  return { list, inspect }
}

async function list(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function inspect(path: string): Promise<ImageFacts | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || found.isDirectory()) return undefined
  const used = found.blocks * 512
  const header = await readHeader(path)
  if (header?.readUInt32BE(0) !== QCOW2_MAGIC) {
    return { format: 'raw', size: found.size, used, backing: undefined }
  }
  return {
    format: 'qcow2',
    size: Number(header.readBigUInt64BE(24)),
    used,
    backing: await readBacking(path, Number(header.readBigUInt64BE(8)), header.readUInt32BE(16)),
    ...(header.readUInt32BE(4) >= 3 && (await hasDataFile(path)) ? { hasDataFile: true } : {}),
  }
}

async function hasDataFile(path: string): Promise<boolean> {
  const features = await readAt(path, HEADER_BYTES, 8)
  return features.length === 8 && (features.readBigUInt64BE() & DATA_FILE_FEATURE) !== 0n
}

/** undefined when the file is shorter than any header. */
async function readHeader(path: string): Promise<Buffer | undefined> {
  const bytes = await readAt(path, 0, HEADER_BYTES)
  return bytes.length === HEADER_BYTES ? bytes : undefined
}

async function readBacking(path: string, offset: number, length: number): Promise<string | undefined> {
  if (offset === 0 || length === 0 || length > LONGEST_BACKING_NAME) return undefined
  return (await readAt(path, offset, length)).toString('utf8')
}

async function readAt(path: string, offset: number, length: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
