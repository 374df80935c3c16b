/** Disks of the default pool: made, listed, resized and deleted through qemu-img. */
import { invalidDefinition, WeftError } from '../core/errors.ts'
import { poolDirectory } from '../core/host/paths.ts'
import type { Plan } from '../core/plan/plan.ts'
import {
  diskPath,
  parseDiskFile,
  type DiskDraft,
  type DiskFormat,
  type DiskSpec,
} from '../core/storage/disk.ts'
import { planDiskCreate, planDiskDelete, planDiskResize } from '../core/storage/plan-disk.ts'
import { diskProblems } from '../core/storage/problems.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import type { App, ImageFacts } from './ports.ts'

export interface DiskState {
  readonly name: string
  readonly path: string
  readonly format: DiskFormat
  readonly size: number
  readonly used: number
  readonly backing: string | undefined
  /** Machines that name it. */
  readonly machines: readonly string[]
}

export async function listDisks(app: App): Promise<DiskState[]> {
  const files = await app.images.list(poolDirectory(app.facts.paths))
  const disks = files.map(async (file) => {
    const parsed = parseDiskFile(file)
    if (parsed === undefined) return undefined
    const path = diskPath(app.facts.paths, parsed.name, parsed.format)
    const facts = await app.images.inspect(path)
    return facts === undefined ? undefined : diskState(app, parsed, path, facts)
  })
  return (await Promise.all(disks)).filter((disk) => disk !== undefined)
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

export async function createDisk(
  app: App,
  draft: DiskDraft,
  request: ChangeRequest,
): Promise<Changed<'created'>> {
  return app.queue.run(`disk:${draft.name}`, async () => {
    const { wanted, plan } = await planNewDisk(app, draft)
    return withSpaceErrors(wanted, () =>
      carryOut(app, request, plan, 'created', [`disk file: ${wanted.path}`]),
    )
  })
}

/** A disk that can be made; throws what is wrong with it. */
export async function planNewDisk(app: App, draft: DiskDraft): Promise<{ wanted: DiskSpec; plan: Plan }> {
  const backing =
    draft.backing?.startsWith('/') === true ? await inspectBacking(app, draft.backing) : undefined
  const problems = diskProblems(draft, {
    poolFiles: await app.images.list(poolDirectory(app.facts.paths)),
    poolDirectory: poolDirectory(app.facts.paths),
    backing,
    qemuUser: app.facts.qemuUser.name,
  })
  refuseProblems(draft.name, problems)
  refuseWithoutQemuImg(app)
  const wanted = diskSpec(app, draft, backing?.format)
  return { wanted, plan: planDiskCreate(wanted, app.facts) }
}

export async function resizeDisk(
  app: App,
  name: string,
  wanted: { readonly size: number; readonly mayShrink?: boolean },
  request: ChangeRequest,
): Promise<Changed<'resized' | 'has-that-size'>> {
  return app.queue.run(`disk:${name}`, async () => {
    const disk = await getDisk(app, name)
    refuseRunning(app, disk)
    if (wanted.size < disk.size && wanted.mayShrink !== true) throw shrinkRefused(disk, wanted.size)
    refuseWithoutQemuImg(app)
    const plan = planDiskResize(disk, wanted.size, app.facts)
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
    return carryOut(app, request, planDiskDelete(disk), 'deleted')
  })
}

function diskState(
  app: App,
  { name, format }: { name: string; format: DiskFormat },
  path: string,
  facts: ImageFacts,
): DiskState {
  const machines = app.vms.list().filter((vm) => vm.disks.some((disk) => disk.path === path))
  const { size, used, backing } = facts
  return { name, path, format, size, used, backing, machines: machines.map((vm) => vm.name) }
}

async function inspectBacking(
  app: App,
  path: string,
): Promise<(ImageFacts & { qemuMayRead: boolean; isDirectory: boolean }) | undefined> {
  const file = await app.host.inspectFile(path)
  if (file === undefined) return undefined
  const image = file.isDirectory ? undefined : await app.images.inspect(path)
  return {
    ...(image ?? { format: 'raw', size: 0, used: 0, backing: undefined }),
    qemuMayRead: file.qemuMayRead,
    isDirectory: file.isDirectory,
  }
}

function diskSpec(app: App, draft: DiskDraft, backingFormat: DiskFormat | undefined): DiskSpec {
  const format = draft.format ?? 'qcow2'
  const size = draft.size === undefined ? {} : { size: draft.size }
  const backing =
    draft.backing === undefined ? {} : { backing: { path: draft.backing, format: backingFormat ?? 'raw' } }
  return {
    name: draft.name,
    path: diskPath(app.facts.paths, draft.name, format),
    format,
    ...size,
    ...backing,
  }
}

function refuseProblems(name: string, problems: ReturnType<typeof diskProblems>): void {
  if (problems.length === 0) return
  const taken = problems.find(({ path, message }) => path === 'name' && message.endsWith('exists already'))
  if (taken !== undefined && problems.length === 1) {
    throw new WeftError('already-exists', taken.message, taken.hint === undefined ? {} : { hint: taken.hint })
  }
  throw invalidDefinition(`disk '${name}'`, problems)
}

function refuseWithoutQemuImg(app: App): void {
  if (app.facts.programs['qemu-img'] !== undefined) return
  throw new WeftError('missing-program', `'qemu-img' is not installed`, {
    hint: 'apt-get install qemu-utils',
  })
}

function refuseRunning(app: App, disk: DiskState): void {
  const running = disk.machines.find((name) => app.machines.isRunning(name))
  if (running === undefined) return
  throw new WeftError('in-use', `disk '${disk.name}' is in use by machine '${running}', which runs`, {
    hint: `weft vm stop ${running}`,
  })
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
