/** Changing what a machine's disk stands on, and copying it, while its guest goes on; of one that does not run the same without QEMU. */
import { WeftError } from '../core/errors.ts'
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { jobId, jobName, type DiskJob, type JobTarget } from '../core/vm/disk-job.ts'
import { planJobBegin, planJobCancel, unfinished } from '../core/vm/plan-disk-job.ts'
import { refuseEncrypted } from './refuse-encrypted.ts'
import { carryOut, waitUnlessBackground, type Changed, type ChangeRequest } from './change.ts'
import { planDefinition } from './definitions.ts'
import { getBase, refuseSharedBase } from './disk-chain.ts'
import { withSpaceErrors } from './disks.ts'
import type { WeftEvent } from './event-ports.ts'
import { inTurnOf } from './vm-turn.ts'
import { getMachineDisk, nodesOf, type MachineDisk } from './live-disks.ts'
import { freeName, placeOf, sizeOf, type NewImage } from './new-image.ts'
import type { App } from './ports.ts'
import { refuseSaved, refuseWithoutQemuImg } from './refuse-disk.ts'
import { refuseJob } from './refuse-job.ts'
import { refuseSnapshots } from './snapshots.ts'
import { settleBackupNow } from './settle-backup.ts'
import { goOver, settleNow } from './settle-disk-job.ts'
import { commitStopped, copyStopped, overlayStopped, pullStopped } from './stopped-disk-jobs.ts'

export interface JobRequest extends ChangeRequest {
  /** The answer comes when QEMU is at it, not when it is done. */
  readonly isBackground?: boolean
  /** Bytes a second at most. */
  readonly speed?: number
}

export async function overlayDisk(
  app: App,
  vm: string,
  word: string,
  wanted: Partial<NewImage>,
  request: ChangeRequest,
): Promise<Changed<'overlaid'>> {
  return inTurnOf(app, vm, async () => {
    const at = await getMachineDisk(app, vm, word)
    refuseJob(app, { vm, disk: at.disk.id })
    refuseEncrypted([at.disk], 'begun with')
    refuseSaved(app, { name: at.disk.path, path: at.disk.path })
    if (at.disk.isReadOnly === true)
      throw new WeftError('invalid-argument', `'${at.disk.path}' is only read by machine '${vm}'`)
    const name = wanted.name ?? (await freeName(app, at))
    const place = await placeOf(app, { ...wanted, name, format: 'qcow2' })
    const { path, format } = at.disk
    const fill = place.fill(place.path, { size: await sizeOf(app, at), backing: { path, format } })
    if (at.live === undefined) return overlayStopped(app, at, place, fill, request)
    const nodes = nodesOf(at.live, at.disk.id)
    const node = freeNode(at.live, at.disk.id)
    const target = { path: place.path, format: place.format, isPivot: true, node }
    const job = jobOf(app, at, { kind: 'overlay', target, nodes, nodesAfter: [node, ...nodes] })
    const changed = await begin(app, { job, fill, result: 'overlaid' }, request)
    if (request.dryRun) return changed
    const ended = jobEnd(app, job)
    // From here on it is carried on, whatever happens.
    await carryOut(
      app,
      request,
      lastingPlan(`let machine '${vm}' have '${place.path}'`, await goOver(app, job)),
      '',
    )
    await app.vms.refresh(vm)
    await settleNow(app, jobName(job))
    await ended
    return changed
  })
}

export function commitDisk(
  app: App,
  vm: string,
  word: string,
  request: JobRequest,
): Promise<Changed<'committed' | 'begun'>> {
  return work(app, [vm, word], request, 'committed', async (at) => {
    const base = await getBase(app, at)
    await refuseSharedBase(app, at, base)
    refuseSnapshots(app, { name: at.disk.path, path: at.disk.path })
    if (at.live === undefined) return commitStopped(app, at, base, request)
    const nodes = nodesOf(at.live, at.disk.id)
    const node = await nodeNameOf(app, vm, base.path)
    const target = { path: base.path, format: base.format, isPivot: true, node }
    const place = nodes.indexOf(node)
    const nodesAfter = place < 0 ? [node] : nodes.slice(place)
    return { job: jobOf(app, at, { kind: 'commit', target, nodes, nodesAfter }), fill: [] }
  })
}

export function pullDisk(
  app: App,
  vm: string,
  word: string,
  request: JobRequest,
): Promise<Changed<'pulled' | 'begun'>> {
  return work(app, [vm, word], request, 'pulled', async (at) => {
    const base = await getBase(app, at)
    if (at.live === undefined) return pullStopped(app, at, base, request)
    const nodes = nodesOf(at.live, at.disk.id)
    return { job: jobOf(app, at, { kind: 'pull', nodes, nodesAfter: nodes.slice(0, 1) }), fill: [] }
  })
}

export function copyDisk(
  app: App,
  vm: string,
  word: string,
  wanted: NewImage & { readonly isPivot: boolean },
  request: JobRequest,
): Promise<Changed<'copied' | 'begun'>> {
  return work(app, [vm, word], request, 'copied', async (at) => {
    const place = await placeOf(app, { ...wanted, format: wanted.format ?? at.disk.format })
    const isPivot = wanted.isPivot
    if (at.live === undefined) return copyStopped(app, at, place, { ...request, isPivot })
    const nodes = nodesOf(at.live, at.disk.id)
    const node = freeNode(at.live, at.disk.id)
    const target = { path: place.path, format: place.format, isPivot, node }
    const fill = place.fill(unfinished(target), { size: await sizeOf(app, at) })
    const nodesAfter = isPivot ? [node] : nodes
    return { job: jobOf(app, at, { kind: 'copy', target, nodes, nodesAfter }), fill }
  })
}

export function cancelJob(
  app: App,
  vm: string,
  word: string,
  request: ChangeRequest,
): Promise<Changed<'cancelled'>> {
  return inTurnOf(app, vm, async () => {
    if (app.backups.find(vm) !== undefined) return cancelBackup(app, vm, request)
    const disk = app.jobs.find(jobName({ vm, disk: word }))?.disk
    const id = disk ?? (await getMachineDisk(app, vm, word)).disk.id
    const job = app.jobs.find(jobName({ vm, disk: id }))
    if (job === undefined)
      throw new WeftError('not-found', `nothing is being done to disk '${word}' of machine '${vm}'`, {
        hint: 'weft job list',
      })
    const changed = await carryOut(app, request, planJobCancel(job, app.facts), 'cancelled')
    if (!request.dryRun) await settleNow(app, jobName(job), `cancelled by ${request.by}`)
    return changed
  })
}

/** One for all its disks. */
async function cancelBackup(app: App, vm: string, request: ChangeRequest): Promise<Changed<'cancelled'>> {
  if (!request.dryRun) await settleBackupNow(app, vm, `cancelled by ${request.by}`)
  return carryOut(app, request, lastingPlan(`cancel the backup of machine '${vm}'`, []), 'cancelled')
}

export interface DiskJobState extends DiskJob {
  /** QEMU's word. */
  readonly status: string
  /** In QEMU's measure, bytes of the disk most often; the whole grows while a guest writes. */
  readonly done: number
  readonly total: number
}

export async function listJobs(app: App): Promise<DiskJobState[]> {
  return Promise.all(
    app.jobs.list().map(async (job) => {
      const said = await app.machines.ask(job.vm, 'query-jobs').catch(() => [])
      const known = (said as readonly QemuJob[]).find(({ id }) => id === jobId(job))
      const progress = { done: known?.['current-progress'] ?? 0, total: known?.['total-progress'] ?? 0 }
      return { ...job, status: known?.status ?? 'ending', ...progress }
    }),
  )
}

interface QemuJob {
  readonly id: string
  readonly status: string
  readonly 'current-progress': number
  readonly 'total-progress': number
}

interface Prepared {
  readonly job: DiskJob
  readonly fill: readonly Step[]
}

/** A machine that does not run is served by whoever prepares. */
async function work<Result extends string>(
  app: App,
  [vm, word]: readonly [string, string],
  request: JobRequest,
  result: Result,
  prepare: (at: MachineDisk) => Promise<Prepared | Changed<Result>>,
): Promise<Changed<Result | 'begun'>> {
  let ended: Promise<void> | undefined
  const changed = await inTurnOf(app, vm, async () => {
    const at = await getMachineDisk(app, vm, word)
    refuseEncrypted([at.disk], 'committed, pulled or copied', `weft vm stop ${vm}, then weft disk clone`)
    refuseJob(app, { vm, disk: at.disk.id })
    refuseSaved(app, { name: at.disk.path, path: at.disk.path })
    if (at.disk.isReadOnly === true)
      throw new WeftError('invalid-argument', `'${at.disk.path}' is only read by machine '${vm}'`)
    refuseWithoutQemuImg(app)
    const prepared = await prepare(at)
    if (!('job' in prepared)) return prepared
    const speed = request.speed === undefined ? {} : { speed: request.speed }
    const begun = await begin(app, { ...prepared, job: { ...prepared.job, ...speed }, result }, request)
    if (!request.dryRun) ended = jobEnd(app, prepared.job)
    return begun
  })
  return await waitUnlessBackground(request, changed, ended)
}

async function begin<Result extends string>(
  app: App,
  { job, fill, result }: Prepared & { readonly result: Result },
  request: ChangeRequest,
): Promise<Changed<Result>> {
  const note = (await planDefinition(app, app.jobs, job, '')).steps.map((step) => ({
    ...step,
    reason: 'whoever comes after a crash knows what was begun',
  }))
  const plan = planJobBegin(job, { note, fill }, app.facts)
  try {
    const target = { name: job.target?.path ?? job.path, path: job.target?.path ?? job.path }
    const changed = await withSpaceErrors(target, () => carryOut(app, request, plan, result))
    if (!request.dryRun)
      app.events.emit({ kind: 'job', vm: job.vm, disk: job.disk, job: job.kind, what: 'begun' })
    return changed
  } finally {
    await app.jobs.refresh(jobName(job))
  }
}

/** Rejects when it was given up. */
function jobEnd(app: App, { vm, disk, kind }: DiskJob): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const hear = (event: WeftEvent): void => {
    if (event.kind !== 'job' || event.vm !== vm || event.disk !== disk || event.what === 'begun') return
    leave()
    if (event.what === 'done') resolve(undefined)
    else reject(givenUp(vm, disk, kind, event.because ?? ''))
  }
  const leave = app.events.subscribe(hear)
  return promise
}

function givenUp(vm: string, disk: string, kind: string, because: string): WeftError {
  const code = /no space/i.test(because) ? 'no-space' : 'command-failed'
  return new WeftError(code, `${kind} of ${disk} of machine '${vm}' was given up: ${because}`, {
    hint: 'the machine goes on with the disk it has',
  })
}

function jobOf(
  app: App,
  { spec, disk }: MachineDisk,
  more: Pick<DiskJob, 'kind' | 'nodes' | 'nodesAfter'> & { readonly target?: JobTarget },
): DiskJob {
  const since = app.chance.now().toISOString()
  return { vm: spec.name, disk: disk.id, path: disk.path, format: disk.format, since, ...more }
}

function freeNode(live: LiveVm, id: string): string {
  const taken = new Set(nodesOf(live, id))
  let number = 1
  while (taken.has(`${id}-${String(number)}`)) number += 1
  return `${id}-${String(number)}`
}

interface QemuNode {
  readonly 'node-name': string
  readonly file: string
  readonly drv: string
}

/** As an image, not as the bytes of its file. */
async function nodeNameOf(app: App, vm: string, path: string): Promise<string> {
  const nodes = (await app.machines.ask(vm, 'query-named-block-nodes', { flat: true })) as readonly QemuNode[]
  const node = nodes.find(({ file, drv }) => file === path && (drv === 'qcow2' || drv === 'raw'))
  if (node !== undefined) return node['node-name']
  throw new WeftError('wrong-state', `the QEMU of machine '${vm}' does not have '${path}' open`)
}
