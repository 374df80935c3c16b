/** Changing what a machine's disk stands on, and copying it, while its guest goes on; of one that does not run the same without QEMU. */
import { WeftError } from '../core/errors.ts'
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { jobName, type DiskJob, type JobTarget } from '../core/vm/disk-job.ts'
import { planJobBegin, unfinished } from '../core/vm/plan-disk-job.ts'
import { refuseEncrypted } from './refuse-encrypted.ts'
import { carryOut, waitUnlessBackground, type Changed, type ChangeRequest } from './change.ts'
import { planDefinition } from './definitions.ts'
import { basesOf, getBase, refuseSharedBase, type Base } from './disk-chain.ts'
import { jobEnd } from './disk-job-state.ts'
import { withSpaceErrors } from './disks.ts'
import { inTurnOf } from './vm-turn.ts'
import { getMachineDisk, nodesOf, type MachineDisk } from './live-disks.ts'
import { freeName, placeOf, placeThere, sizeOf, type NewImage } from './new-image.ts'
import type { App } from './ports.ts'
import { refuseSaved, refuseWithoutQemuImg } from './refuse-disk.ts'
import { refuseJob } from './refuse-job.ts'
import { refuseSnapshots } from './snapshots.ts'
import { goOver, settleNow } from './settle-disk-job.ts'
import { commitStopped, copyStopped, overlayStopped, pullStopped } from './stopped-disk-jobs.ts'

export interface JobRequest extends ChangeRequest {
  /** The answer comes when QEMU is at it, not when it is done. */
  readonly isBackground?: boolean
  /** Bytes a second at most. */
  readonly speed?: number
  /** Once it is ready it stays so until somebody says how it ends. */
  readonly isHeld?: boolean
}

export interface CommitWish {
  /** The image that it goes into, when it is not the next one. */
  readonly base?: string
  /** What was committed stays where it is, and is of no use any more. */
  readonly keepsImages?: true
}

export interface CopyWish extends NewImage, Pick<JobTarget, 'isPivot' | 'isForeign' | 'isShallow'> {
  /** Its file is there, and is written over. */
  readonly isThere?: true
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
  request: JobRequest & CommitWish,
): Promise<Changed<'committed' | 'begun'>> {
  return work(app, [vm, word], request, 'committed', async (at) => {
    const { base, between } = await getWantedBase(app, at, request.base)
    await refuseSharedBase(app, at, base, between)
    const goes = [at.disk, ...between].map(({ path }) => path)
    for (const path of goes) refuseSnapshots(app, { name: path, path })
    if (at.live === undefined) return commitStopped(app, at, base, request)
    const nodes = nodesOf(at.live, at.disk.id)
    const node = await nodeNameOf(app, vm, base.path)
    const target = { path: base.path, format: base.format, isPivot: true, node }
    const place = nodes.indexOf(node)
    const nodesAfter = place < 0 ? [node] : nodes.slice(place)
    const emptied = request.keepsImages === true ? [] : goes
    return { job: { ...jobOf(app, at, { kind: 'commit', target, nodes, nodesAfter }), emptied }, fill: [] }
  })
}

interface WantedBase {
  readonly base: Base
  /** What the disk has above it. */
  readonly between: readonly Base[]
}

async function getWantedBase(app: App, at: MachineDisk, path: string | undefined): Promise<WantedBase> {
  if (path === undefined) return { base: await getBase(app, at), between: [] }
  const bases = await basesOf(app, at.disk)
  const place = bases.findIndex((each) => each.path === path)
  const base = bases[place]
  if (base !== undefined) return { base, between: bases.slice(0, place) }
  throw new WeftError('not-found', `'${at.disk.path}' does not begin with '${path}'`, {
    hint: 'weft disk tree shows what begins with what',
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
  wanted: CopyWish,
  request: JobRequest,
): Promise<Changed<'copied' | 'begun'>> {
  return work(app, [vm, word], request, 'copied', async (at) => {
    const { isPivot, isForeign, isShallow } = wanted
    const asked = { ...wanted, format: wanted.format ?? at.disk.format }
    const place = wanted.isThere === true ? await placeThere(app, asked) : await placeOf(app, asked)
    if (at.live === undefined) return copyStopped(app, at, place, { ...request, isPivot })
    const nodes = nodesOf(at.live, at.disk.id)
    const node = freeNode(at.live, at.disk.id)
    const target: JobTarget = {
      ...{ path: place.path, format: place.format, isPivot, node },
      ...(request.isHeld === true ? { isInPlace: true } : {}),
      ...(isForeign === undefined ? {} : { isForeign }),
      ...(isShallow === undefined ? {} : { isShallow }),
    }
    const base = isShallow === true ? { backing: await getBase(app, at) } : {}
    const fill = place.fill(unfinished(target), { size: await sizeOf(app, at), ...base })
    const nodesAfter = isPivot || request.isHeld === true ? [node] : nodes
    return { job: jobOf(app, at, { kind: 'copy', target, nodes, nodesAfter }), fill }
  })
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
  const isHeld = request.isHeld === true
  let ended: Promise<void> | undefined
  const changed = await inTurnOf(app, vm, async () => {
    const at = await getMachineDisk(app, vm, word)
    refuseEncrypted([at.disk], 'committed, pulled or copied', `weft vm stop ${vm}, then weft disk clone`)
    refuseJob(app, { vm, disk: at.disk.id })
    refuseSaved(app, { name: at.disk.path, path: at.disk.path })
    if (at.disk.isReadOnly === true)
      throw new WeftError('invalid-argument', `'${at.disk.path}' is only read by machine '${vm}'`)
    refuseWithoutQemuImg(app)
    if (at.live === undefined && isHeld)
      throw new WeftError('wrong-state', `machine '${vm}' does not run: that is done at once, and not held`, {
        hint: 'leave --hold out',
      })
    const prepared = await prepare(at)
    if (!('job' in prepared)) return prepared
    const manners = {
      ...(request.speed === undefined ? {} : { speed: request.speed }),
      ...(isHeld ? { isHeld } : {}),
    }
    const begun = await begin(app, { ...prepared, job: { ...prepared.job, ...manners }, result }, request)
    if (!request.dryRun) ended = jobEnd(app, prepared.job)
    return begun
  })
  return await waitUnlessBackground(isHeld ? { isBackground: true } : request, changed, ended)
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
