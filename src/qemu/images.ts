/**
 * Disk images as their first bytes describe them. Read here rather than with qemu-img: nothing runs on a file that a guest has
 * written, and a hundred images are listed in the time of one process.
 */
import { open, readdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ImageFacts, Images } from '../app/disk-ports.ts'
import type { HostFacts } from '../core/host/facts.ts'
import { fileIdentity } from '../core/host/file-identity.ts'

const QCOW2_MAGIC = 0x514649fb
const HEADER_BYTES = 96
/** Of version 2, and where version 3 says its own length. */
const OLD_HEADER_BYTES = 72
const HEADER_LENGTH_AT = 100
/** What follows the header: type, length, and that many bytes, up to the next multiple of eight. */
const BACKING_FORMAT = 0xe2792aca
/** The first cluster has them all, and is never smaller. */
const EXTENSIONS_END = 512
/** An incompatible feature of version 3. */
const DATA_FILE = 4n
/** A feature of version 3 that programs clear which do not know it. */
const BITMAPS = 1n
/** The format's own limit. */
const LONGEST_BACKING_NAME = 1023

/** What the header says, as long as the file is the same and nobody has written to it. */
interface Read {
  readonly stamp: string
  readonly header: Header
}

type Header = Omit<ImageFacts, 'size' | 'used' | 'identity'> & {
  /** undefined: that of the file. */
  readonly size: number | undefined
}

const RAW: Header = {
  format: 'raw',
  size: undefined,
  backing: undefined,
  hasDataFile: false,
  isEncrypted: false,
  hasBitmaps: false,
}

export function createImages(facts: HostFacts): Images {
  const known = new Map<string, Read>()
  return {
    list,
    // Loaded by who checks: that is seldom.
    check: async (path, format) => (await import('./check-image.ts')).checkImage(facts, path, format),
    hasUring: async (path) => (await import('./check-image.ts')).hasUring(facts, path),
    snapshots: async (path) => (await import('./check-image.ts')).listSnapshots(facts, path),
    read: async (path) => (await import('./disk-bytes.ts')).readDiskFile(facts, path),
    fill: async (...order) => (await import('./disk-bytes.ts')).fillDiskFile(...order),
    async inspect(path, as) {
      const found = await stat(path).catch(() => undefined)
      // Opening a pipe would wait for somebody at its other end.
      if (found === undefined || !(found.isFile() || found.isBlockDevice())) {
        known.delete(path)
        return undefined
      }
      const identity = fileIdentity(found)
      const stamp = `${identity} ${String(found.mtimeMs)} ${String(found.size)} ${as ?? ''}`
      const before = known.get(path)
      const header = before?.stamp === stamp ? before.header : as === 'raw' ? RAW : await readFacts(path)
      known.set(path, { stamp, header })
      return { ...header, size: header.size ?? found.size, used: found.blocks * 512, identity }
    },
  }
}

async function list(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function readFacts(path: string): Promise<Header> {
  const header = await readHeader(path)
  if (header?.readUInt32BE(0) !== QCOW2_MAGIC) return RAW
  const hasFeatures = header.readUInt32BE(4) >= 3
  const backing = await readBacking(path, Number(header.readBigUInt64BE(8)), header.readUInt32BE(16))
  const backingFormat = backing === undefined ? undefined : await readBackingFormat(path, hasFeatures)
  return {
    ...(backingFormat === undefined ? {} : { backingFormat }),
    format: 'qcow2',
    size: Number(header.readBigUInt64BE(24)),
    backing: backing === undefined ? undefined : absolute(path, backing),
    hasDataFile: hasFeatures && (header.readBigUInt64BE(72) & DATA_FILE) !== 0n,
    isEncrypted: header.readUInt32BE(32) !== 0,
    hasBitmaps: hasFeatures && (header.readBigUInt64BE(88) & BITMAPS) !== 0n,
  }
}

/** As QEMU reads it: beside the image. Whatever is no plain name (`json:`, `nbd://`) stays as it is. */
function absolute(image: string, backing: string): string {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(backing) ? backing : resolve(dirname(image), backing)
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

async function readBackingFormat(path: string, hasLength: boolean): Promise<'qcow2' | 'raw' | undefined> {
  const bytes = await readAt(path, 0, EXTENSIONS_END)
  const isWhole = bytes.length === EXTENSIONS_END
  for (let at = hasLength && isWhole ? bytes.readUInt32BE(HEADER_LENGTH_AT) : OLD_HEADER_BYTES; ;) {
    if (!isWhole || at + 8 > EXTENSIONS_END) return undefined
    const [type, length] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
    if (type === 0) return undefined
    const text = bytes.toString('latin1', at + 8, at + 8 + length)
    if (type === BACKING_FORMAT) return text === 'qcow2' || text === 'raw' ? text : undefined
    at += 8 + Math.ceil(length / 8) * 8
  }
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
