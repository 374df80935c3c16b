/** Backups: all disks of a machine at one moment, whole or what has changed since; listed, and put back. */
import { WeftError } from '../core/errors.ts'
import {
  backupDirectory,
  backupFile,
  backupJobId,
  bitmapName,
  manifestFile,
  type Backup,
  type BackupDisk,
  type BackupJob,
  type SeenBackupJob,
} from '../core/vm/backup.ts'
import { planBackupBegin, planBackupPrepare } from '../core/vm/plan-backup.ts'
import { planBackupStopped, planRestore } from '../core/vm/plan-restore.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { refuseEncrypted } from './refuse-encrypted.ts'
import { carryOut, waitUnlessBackground, type Changed } from './change.ts'
import { planDefinition } from './definitions.ts'
import type { JobRequest } from './disk-jobs.ts'
import { withSpaceErrors } from './disks.ts'
import { refuseWithoutQemuImg } from './refuse-disk.ts'
import type { WeftEvent } from './event-ports.ts'
import { liveOf, nodesOf, withIds } from './live-disks.ts'
import type { App } from './ports.ts'
import { refuseUnlessQuiescable } from './quiesce.ts'
import { refuseJob, refuseJobOn, refuseSavedVm } from './refuse-job.ts'
import { settleBackupNow } from './settle-backup.ts'
import { getState, getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

export interface BackupRequest extends JobRequest {
  /** Only what has changed since the last one there. */
  readonly isIncremental: boolean
  /** Its guest holds its file systems still while it begins. */
  readonly isQuiesced?: boolean
}

export async function createBackup(
  app: App,
  vm: string,
  to: string,
  request: BackupRequest,
): Promise<Changed<'backed-up' | 'begun'>> {
  let ended: Promise<void> | undefined
  const changed = await inTurnOf(app, vm, async () => {
    const spec = getVm(app, vm)
    refuseWithoutQemuImg(app)
    refusePath(to)
    refuseBusy(app, spec)
    const { isQuiesced = false } = request
    if (isQuiesced) await refuseUnlessQuiescable(app, vm)
    const job = await planJob(app, spec, to, request)
    const notes = [`backup ${String(job.number)}: ${backupDirectory(job)}`]
    if (!app.machines.isRunning(vm)) {
      const plan = planBackupStopped(job, app.facts)
      return withSpaceErrors({ name: vm, path: to }, () => carryOut(app, request, plan, 'backed-up', notes))
    }
    const note = (await planDefinition(app, app.backups, job, '')).steps.map((step) => ({
      ...step,
      reason: 'whoever comes after a crash knows what was begun',
    }))
    const parentId = (await listBackups(app, to, vm)).find(({ number }) => number === job.parent)?.id
    const begin = planBackupBegin(job, { parentId, isQuiesced }, app.facts)
    const prepare = planBackupPrepare(job, note, app.facts)
    const both = { ...begin, steps: [...prepare.steps, ...begin.steps] }
    if (request.dryRun) return carryOut(app, request, both, 'backed-up', notes)
    try {
      await withSpaceErrors({ name: vm, path: to }, () => carryOut(app, request, prepare, ''))
      await app.backups.refresh(vm)
      // What QEMU has begun is judged by looking at it, and not taken back step by step.
      const begun = await carryOut(app, request, begin, 'backed-up' as const, notes)
      app.events.emit({ kind: 'backup', vm, what: 'begun' })
      ended = backupEnd(app, vm)
      return begun
    } catch (error) {
      await app.backups.refresh(vm)
      await settleBackupNow(app, vm)
      throw error
    }
  })
  return await waitUnlessBackground(request, changed, ended)
}

/** All that are whole, by machine and number. */
export async function listBackups(app: App, to: string, only?: string): Promise<Backup[]> {
  const vms = only === undefined ? await app.images.list(to).catch(() => []) : [only]
  const found: Backup[] = []
  for (const vm of vms)
    for (const number of await app.images.list(`${to}/${vm}`).catch(() => [])) {
      const text = await app.host.readTextFile(manifestFile({ to, vm, number: Number(number) }))
      // It may have been moved as a whole.
      if (text !== undefined) found.push({ ...(JSON.parse(text) as Backup), to })
    }
  return found.sort((a, b) => a.vm.localeCompare(b.vm, 'en') || a.number - b.number)
}

export async function restoreBackup(
  app: App,
  vm: string,
  from: { readonly to: string; readonly number?: number },
  request: JobRequest,
): Promise<Changed<'restored'>> {
  return inTurnOf(app, vm, async () => {
    const spec = getVm(app, vm)
    refuseWithoutQemuImg(app)
    refusePath(from.to)
    refuseSavedVm(app, vm)
    refuseEncrypted(spec.disks, 'restored from a backup')
    refuseUnlessAllowed('start', vm, getState(app, vm).state)
    const backups = await listBackups(app, from.to, vm)
    const backup =
      from.number === undefined ? backups.at(-1) : backups.find(({ number }) => number === from.number)
    if (backup === undefined)
      throw new WeftError('not-found', `'${from.to}' has no such backup of machine '${vm}'`, {
        hint: `weft backup list ${from.to}`,
      })
    const disks = withIds(spec.disks)
    const pairs = backup.disks.map((saved) => {
      const disk = disks.find(({ id }) => id === saved.disk)
      if (disk !== undefined) return { saved, disk }
      throw new WeftError('not-found', `machine '${vm}' has no disk '${saved.disk}' any more`, {
        hint: `weft vm show ${vm}; the backup has it from '${saved.path}'`,
      })
    })
    for (const { disk } of pairs) refuseJobOn(app, disk.path)
    const { restore, tidy } = planRestore(backup, pairs, app.facts)
    const plan = {
      ...restore,
      steps: [...restore.steps, ...tidy.steps],
      pointOfNoReturn: restore.steps.length,
    }
    return withSpaceErrors({ name: vm, path: pairs[0]?.disk.path ?? '' }, () =>
      carryOut(app, request, plan, 'restored', [`backup ${String(backup.number)} of ${backup.at}`]),
    )
  })
}

async function planJob(app: App, spec: VmSpec, to: string, request: BackupRequest): Promise<BackupJob> {
  const { name: vm } = spec
  const live = await liveOf(app, vm)
  const written = withIds((live?.spec ?? spec).disks).filter(({ isReadOnly }) => isReadOnly !== true)
  refuseEncrypted(written, 'backed up', 'copy it while its machine is off: weft disk clone, or download')
  if (written.length === 0)
    throw new WeftError('wrong-state', `machine '${vm}' has no disk that it writes to`, {
      hint: `weft disk attach ${vm} DISK`,
    })
  const disks = await Promise.all(
    written.map(async ({ id, path, format }): Promise<BackupDisk> => {
      const size = (await app.images.inspect(path, format))?.size
      if (size === undefined)
        throw new WeftError('not-found', `there is no file '${path}'`, { hint: `ls -l ${path}` })
      return { disk: id, path, format, size }
    }),
  )
  const nodes = disks.map(({ disk }) => (live === undefined ? disk : (nodesOf(live, disk)[0] ?? disk)))
  const series = await listBackups(app, to, vm)
  const counted = live === undefined ? [] : await countedBy(app, vm, nodes)
  const last = series.at(-1)
  const known = (await isPutBackSince(app, disks, last?.at ?? '')) ? [] : counted
  const parent = request.isIncremental ? findParent(last, known, { vm, to, disks }) : undefined
  const names = new Set(series.map(({ id }) => bitmapName(id)))
  const taken = await app.images.list(`${to}/${vm}`).catch(() => [])
  return {
    ...{ vm, to, number: Math.max(0, ...taken.map(Number).filter(Number.isInteger)) + 1 },
    ...{ id: app.chance.uuid(), at: app.chance.now().toISOString(), disks, nodes },
    ...(parent === undefined ? {} : { parent: parent.number }),
    countedBefore: counted.filter((name) => names.has(name)),
    ...(request.speed === undefined ? {} : { speed: request.speed }),
  }
}

interface QemuNode {
  readonly 'node-name': string
  readonly 'dirty-bitmaps'?: readonly {
    readonly name?: string
    readonly inconsistent?: boolean
    readonly recording: boolean
  }[]
}

/** What the writes to all of these are counted under. */
async function countedBy(app: App, vm: string, nodes: readonly string[]): Promise<string[]> {
  const said = (await app.machines.ask(vm, 'query-named-block-nodes', { flat: true })) as readonly QemuNode[]
  const namesOf = (node: string): string[] =>
    (said.find((each) => each['node-name'] === node)?.['dirty-bitmaps'] ?? []).flatMap((bitmap) =>
      bitmap.name === undefined || bitmap.inconsistent === true || !bitmap.recording ? [] : [bitmap.name],
    )
  const [first = [], ...others] = nodes.map(namesOf)
  return first.filter((name) => others.every((names) => names.includes(name)))
}

/** What qemu-img brings back of a snapshot is not counted. */
async function isPutBackSince(app: App, disks: readonly BackupDisk[], at: string): Promise<boolean> {
  const changes = (await app.journal.history()).filter((change) => change.at >= at)
  const actions = changes.flatMap(({ plan }) => plan.steps.map((step) => step.do))
  return actions.some(
    (action) =>
      action.kind === 'run' &&
      ['qemu-img', 'snapshot', '-a'].every((word) => action.argv.includes(word)) &&
      disks.some(({ path }) => action.argv.includes(path)),
  )
}

function findParent(
  last: Backup | undefined,
  counted: readonly string[],
  { vm, to, disks }: { vm: string; to: string; disks: readonly BackupDisk[] },
): Backup {
  const hint = `weft backup create ${vm} --to ${to} makes a whole one, after which the next can be incremental`
  if (last === undefined)
    throw new WeftError('not-found', `'${to}' has no backup of machine '${vm}' to begin with`, { hint })
  const isSame =
    last.disks.length === disks.length &&
    disks.every(({ disk, size }) => last.disks.some((each) => each.disk === disk && each.size === size))
  if (isSame && counted.includes(bitmapName(last.id))) return last
  const message = `what machine '${vm}' has changed since backup ${String(last.number)} is not known`
  throw new WeftError('wrong-state', message, {
    details: [
      [
        'because',
        isSame
          ? 'the machine does not run, was killed, was put back to a snapshot, or has had another image since'
          : 'it has other disks now',
      ],
    ],
    hint,
  })
}

function refusePath(path: string): void {
  if (/^\/[^\p{Cc}]*[^/\p{Cc}]$/u.test(path) && !/\/\.{0,2}(\/|$)/.test(path)) return
  throw new WeftError('invalid-argument', `'${path}' cannot hold backups`, {
    hint: 'an absolute directory: --to /srv/backup',
  })
}

function refuseBusy(app: App, { name, disks }: VmSpec): void {
  refuseSavedVm(app, name)
  for (const { id } of withIds(disks)) refuseJob(app, { vm: name, disk: id })
}

/** Rejects when it was given up. */
function backupEnd(app: App, vm: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const leave = app.events.subscribe((event: WeftEvent) => {
    if (event.kind !== 'backup' || event.vm !== vm || event.what === 'begun') return
    leave()
    if (event.what === 'done') resolve(undefined)
    else
      reject(
        new WeftError(
          /no space/i.test(event.because ?? '') ? 'no-space' : 'command-failed',
          `the backup of machine '${vm}' was given up: ${event.because ?? ''}`,
        ),
      )
  })
  return promise
}

/** How far each disk of those is that are under way. */
export async function listBackupJobs(app: App): Promise<BackupJobState[]> {
  const states = app.backups.list().map(async (job) => {
    const said = await app.machines.ask(job.vm, 'query-jobs').catch(() => [])
    const known = said as readonly (SeenBackupJob & {
      readonly 'current-progress': number
      readonly 'total-progress': number
    })[]
    return job.disks.map(({ disk, path }): BackupJobState => {
      const own = known.find(({ id }) => id === backupJobId(disk))
      const progress = { done: own?.['current-progress'] ?? 0, total: own?.['total-progress'] ?? 0 }
      const target = backupFile(job, disk)
      return { vm: job.vm, disk, path, target, since: job.at, status: own?.status ?? 'ending', ...progress }
    })
  })
  return (await Promise.all(states)).flat()
}

export interface BackupJobState extends Pick<BackupDisk, 'disk' | 'path'> {
  readonly vm: string
  readonly target: string
  readonly since: string
  readonly status: string
  readonly done: number
  readonly total: number
}
