/** Looking at disks: every image in the pools, those that machines name elsewhere, and what they begin with. */
import { WeftError } from '../core/errors.ts'
import type { ImageUsers } from '../core/vm/file-problems.ts'
import { diskPath, parseDiskFile, type DiskFormat } from '../core/storage/disk.ts'
import { imageName, overlaysOf, type SeenImage } from '../core/storage/image-tree.ts'
import { defaultPool, type PoolSpec } from '../core/storage/pool.ts'
import type { App } from './ports.ts'

/** A disk of a pool, and who needs it. */
export interface DiskState extends SeenImage {
  readonly name: string
  readonly pool: string
  /** Machines that name it. */
  readonly machines: readonly string[]
  /** Names, or paths outside the pools, of images that begin with it. */
  readonly overlays: readonly string[]
}

export const poolsOf = (app: App): PoolSpec[] => [defaultPool(app.facts.paths), ...app.pools.list()]

/** Throws not-found. */
export function getPool(app: App, name = 'default'): PoolSpec {
  const pool = poolsOf(app).find((each) => each.name === name)
  if (pool !== undefined) return pool
  throw new WeftError('not-found', `there is no pool '${name}'`, { hint: 'weft pool list' })
}

/** Headers are read once as long as nobody writes to the files: this costs a stat each. */
export async function lookAtImages(app: App): Promise<SeenImage[]> {
  const images = new Map<string, SeenImage>()
  const add = async (
    path: string,
    as?: DiskFormat,
    place?: { name: string; pool: string },
  ): Promise<void> => {
    if (images.has(path)) return
    const seen = await seeImage(app, path, as)
    if (seen === undefined) return
    images.set(path, { ...seen, ...place })
    if (seen.backing?.startsWith('/') === true) await add(seen.backing)
  }
  for (const pool of poolsOf(app)) {
    for (const file of await app.images.list(pool.path)) {
      const parsed = parseDiskFile(file)
      if (parsed === undefined) continue
      const path = diskPath(pool, parsed.name, parsed.format)
      images.delete(path)
      await add(path, parsed.format, { name: parsed.name, pool: pool.name })
    }
  }
  for (const { path, format } of app.vms.list().flatMap(({ disks }) => disks)) await add(path, format)
  return [...images.values()]
}

async function seeImage(app: App, path: string, as?: DiskFormat): Promise<SeenImage | undefined> {
  const facts = await app.images.inspect(path, as)
  if (facts === undefined) return undefined
  const { size, used, identity, backing, isEncrypted } = facts
  const crypt = isEncrypted ? ({ isEncrypted } as const) : {}
  const seen = { path, format: as ?? facts.format, size, used, identity, ...crypt }
  if (backing === undefined) return seen
  const base = backing.startsWith('/') ? await app.images.inspect(backing) : undefined
  return { ...seen, backing, ...(base === undefined ? {} : { backingIdentity: base.identity }) }
}

export async function listDisks(app: App): Promise<DiskState[]> {
  const images = await lookAtImages(app)
  return images.flatMap((image): DiskState[] => {
    const { name, pool } = image
    if (name === undefined || pool === undefined) return []
    const overlays = overlaysOf(images, image.identity).map(imageName)
    return [{ ...image, name, pool, machines: machinesOf(app, images, image.identity), overlays }]
  })
}

export async function findDisk(app: App, name: string): Promise<DiskState | undefined> {
  return (await listDisks(app)).find((disk) => disk.name === name)
}

/** Throws not-found. */
export async function getDisk(app: App, name: string): Promise<DiskState> {
  const disk = await findDisk(app, name)
  if (disk !== undefined) return disk
  throw new WeftError('not-found', `there is no disk '${name}'`, { hint: 'weft disk list' })
}

function machinesOf(app: App, images: readonly SeenImage[], identity: string): string[] {
  const paths = new Set(images.filter((image) => image.identity === identity).map(({ path }) => path))
  const machines = app.vms.list().filter((vm) => vm.disks.some((disk) => paths.has(disk.path)))
  return machines.map(({ name }) => name)
}

/** What all machines but one, and all disks, make of each image. */
export async function lookAtImageUsers(app: App, except: string): Promise<ImageUsers> {
  const images = await lookAtImages(app)
  const identities = new Map(images.map(({ path, identity }) => [path, identity]))
  const owners = new Map<string, { machine: string; isReadOnly: boolean }[]>()
  for (const { name, disks } of app.vms.list().filter((vm) => vm.name !== except))
    for (const { path, isReadOnly } of disks) {
      const identity = identities.get(path) ?? ''
      const owner = { machine: name, isReadOnly: isReadOnly === true }
      owners.set(identity, [...(owners.get(identity) ?? []), owner])
    }
  owners.delete('')
  const overlays = new Map(
    images.map(({ identity }) => [identity, overlaysOf(images, identity).map(imageName)]),
  )
  return { owners, overlays }
}

/**
 * What an image outside the pools is. Its first bytes may be a guest's work, who would name any file of this host as what the image begins
 * with: that is believed only by somebody who says the format.
 */
export async function formatOf(app: App, path: string, said?: DiskFormat): Promise<DiskFormat> {
  if (said !== undefined) return said
  const own = await app.images.inspect(path)
  if (own === undefined) return 'raw'
  const known = (await lookAtImages(app)).find(
    ({ name, identity }) => name !== undefined && identity === own.identity,
  )
  if (known !== undefined) return known.format
  const other = own.backing ?? (own.hasDataFile ? 'a data file' : undefined)
  if (own.format === 'raw' || other === undefined) return own.format
  const message = `the image '${path}' names another file, '${other}'; a guest can have written that into a raw image`
  throw new WeftError('invalid-argument', message, {
    hint: 'say what it is: qcow2 if you trust it, else raw (--disk FILE,format=raw, --format raw, --backing-format raw)',
  })
}
