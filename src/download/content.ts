/** What a file is by its first bytes: an image, or something that somebody took for one. */
import { open } from 'node:fs/promises'
import type { FileContent } from '../app/image-ports.ts'

const QCOW2 = Buffer.from('QFI\xfb', 'latin1')
const COMPRESSED = [
  Buffer.from([0x1f, 0x8b]),
  Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
  Buffer.from('BZh'),
]
/** ISO 9660: the first volume descriptor, after 16 sectors that are free for boot loaders. */
const ISO_AT = 32769
const ISO = 'CD001'
const LOOK_BYTES = ISO_AT + ISO.length

export async function contentOf(path: string): Promise<FileContent> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOK_BYTES), 0, LOOK_BYTES, 0)
    return contentOfBytes(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

export function contentOfBytes(bytes: Buffer): FileContent {
  if (startsWith(bytes, QCOW2)) return 'qcow2'
  if (bytes.subarray(ISO_AT).toString('latin1') === ISO) return 'iso'
  if (COMPRESSED.some((magic) => startsWith(bytes, magic))) return 'compressed'
  return isText(bytes.subarray(0, 512)) ? 'text' : 'raw'
}

const startsWith = (bytes: Buffer, magic: Buffer): boolean => bytes.subarray(0, magic.length).equals(magic)

/** A disk has a boot loader there, or nothing but zeros. */
const isText = (bytes: Buffer): boolean =>
  bytes.length > 0 && bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)
