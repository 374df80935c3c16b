/** From the word for a disk to what a machine's definition keeps of it: its format is found out once. */
import { WeftError } from '../core/errors.ts'
import { parseDiskWord } from '../core/vm/disk-word.ts'
import type { DiskDevice } from '../core/vm/spec.ts'
import { findDisk, formatOf } from './disk-images.ts'
import type { App } from './ports.ts'

/** A name is a disk of a pool, a path is taken as it is. */
export async function resolveDisk(app: App, word: string): Promise<DiskDevice> {
  const { image, format: said, bus = 'virtio', ...more } = parseDiskWord(word)
  if (image.startsWith('/')) return { path: image, format: await formatOf(app, image, said), bus, ...more }
  const disk = await findDisk(app, image)
  if (disk !== undefined) return { path: disk.path, format: disk.format, bus, ...more }
  throw new WeftError('not-found', `there is no disk '${image}'`, {
    hint: `weft disk create ${image} --size 10G, or give the absolute path of an image`,
  })
}
