/** From the word for a disk to what a machine's definition keeps of it: its format is found out once. */
import { WeftError } from '../core/errors.ts'
import { diskKeyFile } from '../core/host/paths.ts'
import { parseDiskWord } from '../core/vm/disk-word.ts'
import type { DiskDevice } from '../core/vm/spec.ts'
import { findDisk, formatOf, trustedFormat } from './disk-images.ts'
import type { App } from './ports.ts'

/** A name is a disk of a pool, a path is taken as it is. */
export async function resolveDisk(app: App, word: string): Promise<DiskDevice> {
  const { image, format: said, bus = 'virtio', ...more } = parseDiskWord(word)
  if (image.startsWith('/')) {
    const format = await formatOf(app, image, said)
    return { path: image, format, bus, ...(await encryptionOf(app, image, format)), ...more }
  }
  const disk = await findDisk(app, image)
  if (disk !== undefined) {
    const { path } = disk
    const format = await trustedFormat(app, disk, said)
    return { path, format, bus, ...(await encryptionOf(app, path, format)), ...more }
  }
  throw new WeftError('not-found', `there is no disk '${image}'`, {
    hint: `weft disk create ${image} --size 10G, or give the absolute path of an image`,
  })
}

/** Throws unsupported for one that no key is known of. */
export async function encryptionOf(
  app: App,
  path: string,
  format: DiskDevice['format'],
): Promise<Pick<DiskDevice, 'isEncrypted'>> {
  const image = await app.images.inspect(path, format)
  if (image?.isEncrypted !== true) return {}
  if ((await app.host.inspectFile(diskKeyFile(app.facts.paths, path))) !== undefined)
    return { isEncrypted: true }
  throw new WeftError('unsupported', `'${path}' is encrypted, and there is no key of it here`, {
    hint: 'weft has the keys of the disks it has made: weft disk create NAME --size 10G --encrypt',
  })
}
