/** An image from the web as a file of weft's own: gathered under a name that its URL and checksum give it, so that a second try finds it. */
import { createHash } from 'node:crypto'
import type { FetchOrder, HereFile } from '../app/image-ports.ts'
import type { Owner } from '../core/plan/action.ts'
import { formatChecksum } from '../core/image/image.ts'
import { contentOf } from './content.ts'
import { seal } from './copy-file.ts'
import { download, USUAL_PATIENCE } from './download.ts'

export async function fetchImage(order: FetchOrder, directory: string, owner: Owner): Promise<HereFile> {
  const { url, expected } = order
  const key = `${url} ${expected === undefined ? '' : formatChecksum(expected)}`
  const part = `${directory}/${createHash('sha256').update(key).digest('hex').slice(0, 24)}`
  const { digests, bytes } = await download({ ...order, part, patience: USUAL_PATIENCE })
  await seal(part, owner)
  return { path: part, digest: digests.sha256, bytes, content: await contentOf(part) }
}
