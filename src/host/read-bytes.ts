/** Some bytes of a file that may be as large as a machine's memory. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** As in Host.readBytes. A pipe, which might never answer, is no file. */
export async function readBytes(
  path: string,
  offset: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(nothing)
  if (file === undefined) return undefined
  try {
    const stats = await file.stat()
    if (!stats.isFile() && !stats.isBlockDevice()) return undefined
    const from = offset < 0 ? Math.max(0, stats.size + offset) : offset
    const bytes = Buffer.alloc(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, from + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
  } finally {
    await file.close()
  }
}

function nothing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}
