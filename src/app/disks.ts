/** Disks: made, resized and deleted through qemu-img. */
import { invalidDefinition, WeftError } from '../core/errors.ts'
import type { Plan } from '../core/plan/plan.ts'
import { diskKeyFile } from '../core/host/paths.ts'
import { diskPath, type DiskDraft, type DiskFormat, type DiskSpec } from '../core/storage/disk.ts'
import { planDiskCreate, planDiskDelete, planDiskResize } from '../core/storage/plan-disk.ts'
import type { PoolSpec } from '../core/storage/pool.ts'
import { diskProblems } from '../core/storage/problems.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { planLiveResize } from '../core/vm/plan-disk-plug.ts'
import {
  formatOf,
  getActivePool,
  getDisk,
  listDisks,
  lookAtImageUsers,
  trustedFormat,
  type DiskState,
} from './disk-images.ts'
import { findLiveDisk } from './live-disks.ts'
import { refuseBackup, refuseJobOn } from './refuse-job.ts'
import type { ImageFacts } from './disk-ports.ts'
import type { App } from './ports.ts'
import { encrypted, refuseKey } from './refuse-encrypted.ts'
import { refuseBase, refuseRunning, refuseSaved, refuseWithoutQemuImg } from './refuse-disk.ts'
import { refuseSnapshots } from './snapshots.ts'

export async function createDisk(
  app: App,
  { key, ...said }: DiskDraft & { readonly key?: string },
  request: ChangeRequest,
): Promise<Changed<'created'>> {
  return app.queue.run(`disk:${said.name}`, async () => {
    refuseKey(said, key)
    const given = key === undefined || request.dryRun ? undefined : await app.keys.bring(key)
    try {
      const { wanted, plan } = await planNewDisk(app, said, given)
      const notes = [`disk file: ${wanted.path}`, ...keyNotes(app, wanted)]
      return await withSpaceErrors(wanted, () => carryOut(app, request, plan, 'created', notes))
    } finally {
      if (given !== undefined) await app.keys.discard(given)
    }
  })
}

/** Nothing else can read the disk. */
const keyNotes = (app: App, { path, isEncrypted }: DiskSpec): string[] =>
  isEncrypted === true ? [`its key, without which it is lost: ${diskKeyFile(app.facts.paths, path)}`] : []

/** A disk that can be made; throws what is wrong with it. */
export async function planNewDisk(
  app: App,
  said: DiskDraft,
  key?: string,
): Promise<{ wanted: DiskSpec; plan: Plan }> {
  const pool = getActivePool(app, said.pool)
  const names = (await listDisks(app)).map((disk) => disk.name)
  const draft = await nameBacking(app, said)
  const backing = draft.backing?.startsWith('/') === true ? await inspectBacking(app, draft) : undefined
  const around = { names, poolDirectory: pool.path, backing, qemuUser: app.facts.qemuUser.name }
  refuseProblems(draft.name, diskProblems(draft, around))
  if (backing?.isEncrypted === true) throw encrypted(`'${draft.backing ?? ''}'`, 'begun with')
  await refuseWrittenBase(app, draft.backing)
  refuseWithoutQemuImg(app)
  const wanted = diskSpec(pool, draft, backing?.format)
  return { wanted, plan: planDiskCreate(wanted, pool, app.facts, key) }
}

export async function resizeDisk(
  app: App,
  name: string,
  wanted: { readonly size: number; readonly mayShrink?: boolean },
  request: ChangeRequest,
): Promise<Changed<'resized' | 'has-that-size'>> {
  return app.queue.run(`disk:${name}`, async () => {
    const disk = await getDisk(app, name)
    refuseBase(disk, 'another size')
    refuseJobOn(app, disk.path)
    for (const vm of disk.machines) refuseBackup(app, vm)
    if (wanted.size < disk.size && wanted.mayShrink !== true) throw shrinkRefused(disk, wanted.size)
    const live = wanted.size > disk.size ? await findLiveDisk(app, disk.path) : undefined
    if (live === undefined) refuseRunning(app, disk)
    refuseSaved(app, disk)
    refuseWithoutQemuImg(app)
    const plan =
      live === undefined
        ? planDiskResize(disk, wanted.size, app.facts)
        : planLiveResize(live.vm, { ...live, id: live.node, size: wanted.size, name }, app.facts)
    const result = plan.steps.length === 0 ? 'has-that-size' : 'resized'
    return withSpaceErrors(disk, () => carryOut(app, request, plan, result))
  })
}

export async function deleteDisk(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'deleted'>> {
  return app.queue.run(`disk:${name}`, async () => {
    const disk = await getDisk(app, name)
    const [machine] = disk.machines
    if (machine !== undefined) {
      throw new WeftError('in-use', `disk '${name}' belongs to machine '${machine}'`, {
        hint: `weft vm delete ${machine}`,
      })
    }
    refuseBase(disk, 'gone')
    refuseSaved(app, disk)
    refuseJobOn(app, disk.path)
    refuseSnapshots(app, disk)
    return carryOut(app, request, planDiskDelete(disk, app.facts), 'deleted')
  })
}

/** A name is a disk of a pool, whose format is known. */
async function nameBacking(app: App, draft: DiskDraft): Promise<DiskDraft> {
  if (draft.backing === undefined || draft.backing.includes('/')) return draft
  const disk = await getDisk(app, draft.backing)
  const backingFormat = await trustedFormat(app, disk, draft.backingFormat)
  return { ...draft, backing: disk.path, backingFormat }
}

async function inspectBacking(
  app: App,
  { backing = '', backingFormat }: DiskDraft,
): Promise<(ImageFacts & { qemuMayRead: boolean; isDirectory: boolean }) | undefined> {
  const file = await app.host.inspectFile(backing)
  if (file === undefined) return undefined
  const { qemuMayRead, isDirectory, identity } = file
  const format = isDirectory ? 'raw' : await formatOf(app, backing, backingFormat)
  const image = isDirectory ? undefined : await app.images.inspect(backing, format)
  const nothing = {
    format,
    size: 0,
    used: 0,
    backing: undefined,
    identity,
    hasDataFile: false,
    isEncrypted: false,
    hasBitmaps: false,
  }
  return { ...(image ?? nothing), qemuMayRead, isDirectory }
}

/** A machine that writes to what a disk begins with destroys that disk. */
async function refuseWrittenBase(app: App, backing: string | undefined): Promise<void> {
  const identity = backing === undefined ? undefined : (await app.images.inspect(backing))?.identity
  const { owners } = await lookAtImageUsers(app, '')
  const writer = owners.get(identity ?? '')?.find(({ isReadOnly }) => !isReadOnly)
  if (writer === undefined) return
  const message = `machine '${writer.machine}' writes to '${backing ?? ''}': no disk can begin with it`
  throw new WeftError('in-use', message, { hint: 'copy it instead: weft disk clone DISK NAME' })
}

function diskSpec(pool: PoolSpec, draft: DiskDraft, backingFormat: DiskFormat | undefined): DiskSpec {
  const format = draft.format ?? 'qcow2'
  const size = draft.size === undefined ? {} : { size: draft.size }
  const backing =
    draft.backing === undefined ? {} : { backing: { path: draft.backing, format: backingFormat ?? 'raw' } }
  const { name, isEncrypted, preallocation } = draft
  const more = {
    ...(isEncrypted === undefined ? {} : { isEncrypted }),
    ...(preallocation === undefined ? {} : { preallocation }),
  }
  return { name, path: diskPath(pool, name, format, draft.file), format, ...size, ...backing, ...more }
}

export function refuseProblems(name: string, problems: ReturnType<typeof diskProblems>): void {
  if (problems.length === 0) return
  const taken = problems.find(({ path, message }) => path === 'name' && message.endsWith('exists already'))
  if (taken !== undefined && problems.length === 1) {
    throw new WeftError('already-exists', taken.message, taken.hint === undefined ? {} : { hint: taken.hint })
  }
  throw invalidDefinition(`disk '${name}'`, problems)
}

function shrinkRefused(disk: DiskState, size: number): WeftError {
  const message = `disk '${disk.name}' has ${String(disk.size)} bytes; making it ${String(size)} would cut off its end`
  return new WeftError('invalid-argument', message, {
    hint: 'shrink the filesystem inside first, then say --shrink',
  })
}

/** A full filesystem is told apart from other failures; what was begun has been taken back. */
export async function withSpaceErrors<T>(
  disk: { name: string; path: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof WeftError) || !isSpaceError(error)) throw error
    throw new WeftError('no-space', `there is no room for disk '${disk.name}'`, {
      details: error.details,
      hint: `df -h ${disk.path.slice(0, disk.path.lastIndexOf('/'))}`,
      cause: error,
    })
  }
}

function isSpaceError(error: WeftError): boolean {
  const texts = [error.message, ...error.details.map(([, text]) => text)]
  return texts.some((text) => /no space left on device|disk quota exceeded|ENOSPC/i.test(text))
}
