/** Disks of a machine for another one like it: copies, or new ones that begin with them. */
import { diskPath } from '../core/storage/disk.ts'
import { copyKeySteps } from '../core/storage/disk-key.ts'
import { cloneFilling, convertFilling, planDiskCreate, planDiskFill } from '../core/storage/plan-disk.ts'
import { nameProblems } from '../core/storage/problems.ts'
import { WeftError } from '../core/errors.ts'
import type { Step } from '../core/plan/plan.ts'
import { cloneDiskName } from '../core/vm/clone.ts'
import type { DiskDevice, VmSpec } from '../core/vm/spec.ts'
import { getActivePool, listDisks, type DiskState } from './disk-images.ts'
import { refuseProblems } from './disks.ts'
import type { App } from './ports.ts'
import { refuseEncrypted } from './refuse-encrypted.ts'
import { refuseWithoutQemuImg } from './refuse-disk.ts'

export interface DiskCopies {
  /** Of new disks. */
  readonly names: readonly string[]
  /** What the clone has, in the order of the source's. */
  readonly disks: readonly DiskDevice[]
  /** Fills files that nobody sees yet: it may take long. */
  readonly copying: readonly Step[]
  /** Gives them their names, or makes those that take no time. */
  readonly naming: readonly Step[]
  /** Files that are read meanwhile and must not change, with when they were written to last. */
  readonly sources: ReadonlyMap<string, number>
  readonly notes: readonly string[]
}

interface Source extends Pick<DiskState, 'name' | 'path' | 'format' | 'size' | 'backing' | 'isEncrypted'> {
  readonly pool: string
  readonly isElsewhere: boolean
}

export async function planCopies(
  app: App,
  source: VmSpec,
  { name, linked }: { readonly name: string; readonly linked?: boolean },
): Promise<DiskCopies> {
  const known = await listDisks(app)
  const names = known.map((disk) => disk.name)
  const copies: DiskCopies[] = []
  for (const device of source.disks) {
    if (device.isReadOnly === true) {
      copies.push({ ...NOTHING, disks: [device] })
      continue
    }
    const from = await sourceOf(app, device, known)
    const wanted = cloneDiskName(from.name, source.name, name)
    refuseProblems(wanted, nameProblems({ name: wanted }, { names }))
    names.push(wanted)
    copies.push(await (linked === true ? planLink : planCopy)(app, device, from, wanted))
  }
  if (copies.some(({ copying, naming }) => copying.length + naming.length > 0)) refuseWithoutQemuImg(app)
  return {
    names: copies.flatMap((copy) => copy.names),
    disks: copies.flatMap(({ disks }) => disks),
    copying: copies.flatMap(({ copying }) => copying),
    naming: copies.flatMap(({ naming }) => naming),
    sources: new Map(copies.flatMap(({ sources }) => [...sources])),
    notes: copies.flatMap(({ notes }) => notes),
  }
}

const NOTHING: DiskCopies = { names: [], disks: [], copying: [], naming: [], sources: new Map(), notes: [] }

async function planCopy(app: App, device: DiskDevice, from: Source, name: string): Promise<DiskCopies> {
  const { format } = from
  const image = await app.images.inspect(from.path, format)
  const snapshots = format === 'qcow2' ? await app.images.snapshots(from.path) : []
  const pool = getActivePool(app, from.pool)
  const path = diskPath(pool, name, format)
  // A header may name other files by their place beside it; snapshots inside are another machine's, and so is what backups count from.
  const namesFiles = from.isElsewhere && from.backing !== undefined
  const isWrittenAnew =
    namesFiles || image?.hasDataFile === true || image?.hasBitmaps === true || snapshots.length > 0
  if (isWrittenAnew) refuseEncrypted([from], 'written anew, which it would have to be here')
  const filling = isWrittenAnew
    ? convertFilling(from.path, format, { name, format })
    : cloneFilling(from, name, format)
  const { steps } = planDiskFill('', { name, path }, filling, { pool, facts: app.facts })
  const written = await app.host.inspectFile(from.path)
  return {
    names: [name],
    disks: [{ ...device, path, format }],
    copying: [
      ...(from.isEncrypted === true ? copyKeySteps({ name, path }, from.path, app.facts) : []),
      ...steps.slice(0, -1),
    ],
    naming: steps.slice(-1),
    sources: new Map([[from.path, written?.modifiedMs ?? 0]]),
    notes: [`disk file: ${path}`],
  }
}

function planLink(app: App, device: DiskDevice, from: Source, name: string): Promise<DiskCopies> {
  refuseEncrypted([from], 'begun with')
  const pool = getActivePool(app, from.pool)
  const path = diskPath(pool, name, 'qcow2')
  const backing = { path: from.path, format: from.format }
  const { steps } = planDiskCreate({ name, path, format: 'qcow2', backing }, pool, app.facts)
  const notes = [`disk file: ${path}, which begins with ${from.path}`]
  const disks: readonly DiskDevice[] = [{ ...device, path, format: 'qcow2' }]
  return Promise.resolve({ ...NOTHING, names: [name], disks, naming: steps, notes })
}

async function sourceOf(
  app: App,
  { path, format }: DiskDevice,
  known: readonly DiskState[],
): Promise<Source> {
  const disk = known.find((each) => each.path === path)
  if (disk !== undefined) return { ...disk, isElsewhere: false }
  const image = await app.images.inspect(path, format)
  if (image === undefined)
    throw new WeftError('not-found', `there is no file '${path}'`, { hint: `ls -l ${path}` })
  const name = path.replace(/^.*\//, '').replace(/\.(qcow2|raw|img)$/, '')
  const { size, backing } = image
  const begins = backing === undefined ? {} : { backing }
  return { name, path, format, size, ...begins, pool: 'default', isElsewhere: true }
}
