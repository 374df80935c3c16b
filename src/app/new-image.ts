/** Images that are made for a machine's disk: where they lie, and how they begin. */
import { WeftError } from '../core/errors.ts'
import type { Step } from '../core/plan/plan.ts'
import { diskPath, type DiskFormat } from '../core/storage/disk.ts'
import { planDiskCreate } from '../core/storage/plan-disk.ts'
import { nameProblems } from '../core/storage/problems.ts'
import { getActivePool, listDisks, lookAtImageUsers } from './disk-images.ts'
import { refuseProblems } from './disks.ts'
import { refuseWithoutQemuImg } from './refuse-disk.ts'
import type { MachineDisk } from './live-disks.ts'
import type { App } from './ports.ts'

/** A new image, as somebody asks for it. */
export interface NewImage {
  /** A name in a pool, or an absolute path. */
  readonly name: string
  readonly format?: DiskFormat
  readonly pool?: string
}

/** The same with what follows from it; `fill` makes an empty image of it under that path. */
export interface NewImagePlace {
  readonly name: string
  readonly path: string
  readonly format: DiskFormat
  readonly fill: (
    path: string,
    more: { size: number; backing?: { path: string; format: DiskFormat } },
  ) => Step[]
}

export async function placeOf(app: App, { name, format = 'qcow2', pool }: NewImage): Promise<NewImagePlace> {
  refuseWithoutQemuImg(app)
  const isPath = name.startsWith('/')
  const where = getActivePool(app, pool)
  if (!isPath) {
    const names = (await listDisks(app)).map((disk) => disk.name)
    refuseProblems(name, nameProblems({ name }, { names }))
  }
  const path = isPath ? name : diskPath(where, name, format)
  if ((await app.host.inspectFile(path)) !== undefined)
    throw new WeftError('already-exists', `'${path}' exists already`, { hint: 'name another one' })
  return {
    name,
    path,
    format,
    fill: (at, more) => {
      const busy = more.backing === undefined ? {} : { isBackingBusy: true as const }
      const { steps } = planDiskCreate({ name, path: at, format, ...more, ...busy }, where, app.facts)
      return isPath ? steps.slice(1) : [...steps]
    },
  }
}

/** A file that is there and is written over: nobody else's, and nobody begins with it. Throws not-found, in-use. */
export async function placeThere(
  app: App,
  { name: path, format = 'qcow2' }: NewImage,
): Promise<NewImagePlace> {
  const image = await app.images.inspect(path, format)
  if (image === undefined)
    throw new WeftError('not-found', `there is no file '${path}'`, { hint: `ls -l ${path}` })
  const { owners, overlays } = await lookAtImageUsers(app, '')
  const [owner] = owners.get(image.identity) ?? []
  const [overlay] = overlays.get(image.identity) ?? []
  if (owner !== undefined) throw inUse(path, `a disk of machine '${owner.machine}'`)
  if (overlay !== undefined) throw inUse(path, `what disk '${overlay}' begins with`)
  return { name: path, path, format, fill: () => [] }
}

const inUse = (path: string, what: string): WeftError =>
  new WeftError('in-use', `'${path}' is ${what}: nothing is written over it`, { hint: 'name another one' })

export async function sizeOf(app: App, { disk }: MachineDisk): Promise<number> {
  const size = (await app.images.inspect(disk.path, disk.format))?.size
  if (size !== undefined) return size
  throw new WeftError('not-found', `there is no file '${disk.path}'`, { hint: `ls -l ${disk.path}` })
}

/** `web`, `web-1`, `web-2`. */
export async function freeName(app: App, { disk, spec }: MachineDisk): Promise<string> {
  const disks = await listDisks(app)
  const own = disks.find(({ path }) => path === disk.path)?.name ?? `${spec.name}-${disk.id}`
  const stem = own.replace(/-\d+$/, '')
  let number = 1
  while (disks.some(({ name }) => name === `${stem}-${String(number)}`)) number += 1
  return `${stem}-${String(number)}`
}
