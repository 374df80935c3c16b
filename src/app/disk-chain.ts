/** What a machine's disk stands on, and whether that may be written to: never what others stand on too. */
import { WeftError } from '../core/errors.ts'
import { imagePath } from '../core/image/image.ts'
import { imageName, overlaysOf } from '../core/storage/image-tree.ts'
import type { DiskDevice } from '../core/vm/spec.ts'
import { formatOf, lookAtImages, lookAtImageUsers } from './disk-images.ts'
import type { MachineDisk } from './live-disks.ts'
import type { App } from './ports.ts'

export interface Base extends Pick<DiskDevice, 'path' | 'format'> {
  readonly identity: string
}

/** Throws wrong-state where it stands on nothing. */
export async function getBase(app: App, { spec, disk }: MachineDisk): Promise<Base> {
  const base = await findBase(app, disk)
  if (base !== undefined) return base
  throw new WeftError('wrong-state', `'${disk.path}' has everything itself: it begins with no other image`, {
    hint: `weft disk overlay ${spec.name} ${disk.id} puts an empty one over it`,
  })
}

/** All that an image stands on, the next one first. */
export async function basesOf(app: App, image: Pick<DiskDevice, 'path' | 'format'>): Promise<Base[]> {
  const bases: Base[] = []
  for (let base = await findBase(app, image); base !== undefined; base = await findBase(app, base))
    bases.push(base)
  return bases
}

async function findBase(app: App, disk: Pick<DiskDevice, 'path' | 'format'>): Promise<Base | undefined> {
  const { backing, backingFormat } = (await app.images.inspect(disk.path, disk.format)) ?? {}
  if (backing === undefined) return undefined
  const file = backing.startsWith('/') ? await app.images.inspect(backing) : undefined
  if (file === undefined)
    throw new WeftError(
      'unsupported',
      `'${disk.path}' begins with '${backing}', which is no file of this host`,
    )
  return { path: backing, format: await formatOf(app, backing, backingFormat), identity: file.identity }
}

/** Throws in-use: whoever else begins with it, or has it, would find it changed. `between`: what the disk has above it, which nobody else may stand on either. */
export async function refuseSharedBase(
  app: App,
  at: MachineDisk,
  base: Base,
  between: readonly Base[] = [],
): Promise<void> {
  const { spec, disk } = at
  for (const record of app.imageRecords.list()) {
    const image = await app.images.inspect(imagePath(app.facts.paths, record.digest))
    if (image?.identity === base.identity)
      throw inUse(`image '${record.names[0] ?? record.digest}', from which machines are made`, at, base)
  }
  const images = await lookAtImages(app)
  const top = (await app.images.inspect(disk.path, disk.format))?.identity ?? ''
  const own = new Set([top, ...between.map(({ identity }) => identity)])
  for (const below of [base, ...between]) {
    const other = overlaysOf(images, below.identity).find(({ identity }) => !own.has(identity))
    if (other !== undefined) throw inUse(`what disk '${imageName(other)}' begins with`, at, below)
  }
  const [owner] = (await lookAtImageUsers(app, spec.name)).owners.get(base.identity) ?? []
  if (owner !== undefined) throw inUse(`a disk of machine '${owner.machine}'`, at, base)
  const paths = new Set(images.filter(({ identity }) => identity === base.identity).map(({ path }) => path))
  if (spec.disks.some(({ path }) => path !== disk.path && paths.has(path)))
    throw inUse('another disk of the same machine', at, base)
  await refuseOverlays(app, at)
  const file = await app.host.inspectFile(base.path)
  if (file?.qemuMayWrite !== true)
    throw new WeftError(
      'not-permitted',
      `user '${app.facts.qemuUser.name}', as whom QEMU runs, may not write to '${base.path}'`,
      {
        hint: `setfacl -m u:${app.facts.qemuUser.name}:rw ${base.path}`,
      },
    )
}

/** The image itself goes: nobody may stand on it. */
async function refuseOverlays(app: App, { disk }: MachineDisk): Promise<void> {
  const own = (await app.images.inspect(disk.path, disk.format))?.identity ?? ''
  const [overlay] = overlaysOf(await lookAtImages(app), own)
  if (overlay === undefined) return
  const message = `disk '${imageName(overlay)}' begins with what is in '${disk.path}', which would go`
  throw new WeftError('in-use', message, { hint: 'weft disk tree shows what begins with what' })
}

function inUse(what: string, { spec, disk }: MachineDisk, { path }: Base): WeftError {
  return new WeftError('in-use', `'${path}' is ${what}: nothing is written to it`, {
    hint: `weft disk pull ${spec.name} ${disk.id} takes what is in it into the disk instead`,
  })
}
