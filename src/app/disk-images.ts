/** Looking at disks: every image in the pools, those that machines name elsewhere, and what they begin with. */
import { WeftError } from '../core/errors.ts'
import type { Paths } from '../core/host/paths.ts'
import { madeOnce } from '../core/host/read-once.ts'
import type { ImageUsers } from '../core/vm/file-problems.ts'
import { isPassing, parseDiskFile, type DiskFormat } from '../core/storage/disk.ts'
import { imageName, overlaysOf, type SeenImage } from '../core/storage/image-tree.ts'
import {
  defaultPool,
  standingPools,
  type PoolMark,
  type PoolSpec,
  type StandingPool,
} from '../core/storage/pool.ts'
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

export const poolsOf = (app: App): readonly StandingPool[] =>
  standing(app.pools.list(), app.poolMarks.list(), app.facts.paths)

/** The same ones until a definition or a mark changes. */
const standing = madeOnce(
  (pools: readonly PoolSpec[], marks: readonly PoolMark[], paths: Paths): readonly StandingPool[] =>
    standingPools(defaultPool(paths), pools, marks),
)

/** Throws not-found. */
export function getPool(app: App, name = 'default'): StandingPool {
  const pool = poolsOf(app).find((each) => each.name === name)
  if (pool !== undefined) return pool
  throw new WeftError('not-found', `there is no pool '${name}'`, { hint: 'weft pool list' })
}

/** One that something is to be put into; throws not-found, wrong-state. */
export function getActivePool(app: App, name?: string): StandingPool {
  const pool = getPool(app, name)
  if (pool.isActive) return pool
  throw new WeftError('wrong-state', `pool '${pool.name}' is not active`, {
    hint: `weft pool start ${pool.name}`,
  })
}

/** Headers are read once as long as nobody writes to the files: this costs a stat each. */
export async function lookAtImages(app: App): Promise<SeenImage[]> {
  const images = new Map<string, SeenImage>()
  const add = async (
    path: string,
    as?: DiskFormat,
    place?: { name: string; pool: string; isProbed?: true },
  ): Promise<void> => {
    if (images.has(path)) return
    const seen = await seeImage(app, path, as)
    if (seen === undefined) return
    images.set(path, { ...seen, ...place })
    if (seen.backing?.startsWith('/') === true) await add(seen.backing)
  }
  const said = new Map(app.vms.list().flatMap(({ disks }) => disks.map(({ path, format }) => [path, format])))
  for (const pool of poolsOf(app).filter(({ isActive }) => isActive)) {
    for (const file of await app.images.list(pool.path)) {
      if (isPassing(file)) continue
      const path = `${pool.path}/${file}`
      const parsed = parseDiskFile(file) ?? { name: file, format: said.get(path) }
      const probed = parsed.format === undefined ? ({ isProbed: true } as const) : {}
      images.delete(path)
      await add(path, parsed.format, { name: parsed.name, pool: pool.name, ...probed })
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

/** `name`: or its path, for pools that have files of the same name. */
export async function findDisk(app: App, name: string): Promise<DiskState | undefined> {
  const disks = await listDisks(app)
  return (
    disks.find((disk) => disk.name === name && disk.isProbed !== true) ??
    disks.find((disk) => disk.name === name || disk.path === name)
  )
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
    ({ name, identity, isProbed }) => name !== undefined && isProbed !== true && identity === own.identity,
  )
  if (known !== undefined) return known.format
  const other = own.backing ?? (own.hasDataFile ? 'a data file' : undefined)
  if (own.format === 'raw' || other === undefined) return own.format
  const message = `the image '${path}' names another file, '${other}'; a guest can have written that into a raw image`
  throw new WeftError('invalid-argument', message, {
    hint: 'say what it is: qcow2 if you trust it, else raw (--disk FILE,format=raw, --format raw, --backing-format raw)',
  })
}

/** As `formatOf`, where the first bytes are all that is known of a disk. */
export async function trustedFormat(
  app: App,
  { path, format, isProbed }: Pick<DiskState, 'path' | 'format' | 'isProbed'>,
  said?: DiskFormat,
): Promise<DiskFormat> {
  return isProbed === true ? formatOf(app, path, said) : format
}
