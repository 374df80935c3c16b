/** Room for an image: asked before it comes, and told as such when it ends all the same. */
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { WeftError } from '../core/errors.ts'

/** What is left to others: a filesystem that is full to its last block stops more than weft. */
const RESERVE = 16 * 1024 * 1024

export async function refuseWithoutSpace(path: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path))
  const free = bavail * bsize
  if (free >= bytes + RESERVE) return
  throw noSpace(path, `it needs ${inMiB(bytes)} and some more, and ${inMiB(free)} are free`)
}

/** The same error, or the one that says that there is no room. */
export function spaceError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOSPC' || code === 'EDQUOT' ? noSpace(path, 'it ended while the image came') : error
}

const inMiB = (bytes: number): string => `${String(Math.ceil(bytes / 1024 ** 2))} MiB`

function noSpace(path: string, why: string): WeftError {
  return new WeftError('no-space', 'there is no room for the image', {
    details: [['because', why]],
    hint: `df -h ${dirname(path)}; weft image list shows which images nothing uses`,
  })
}
