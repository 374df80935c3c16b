/**
 * Takes a disk's job through its turns, each a plan of its own that is decided by looking: so it makes no difference whether weftd has begun the
 * job itself or has found it when it came back.
 */
import { lastingPlan, type Plan, type Step } from '../core/plan/plan.ts'
import { isBackupJob } from '../core/vm/backup.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { diskOfJobId, jobId, jobName, nextTurn, type DiskJob, type JobTurn } from '../core/vm/disk-job.ts'
import {
  planJobFinalize,
  planJobFinish,
  planJobGiveUp,
  planJobHalt,
  planJobSwitch,
} from '../core/vm/plan-disk-job.ts'
import { backendId } from '../core/vm/qemu-disks.ts'
import type { DiskDevice, VmSpec } from '../core/vm/spec.ts'
import type { SeenDiskJob } from '../core/vm/disk-job.ts'
import { settleBackup } from './settle-backup.ts'
import { planForget } from './definitions.ts'
import { executePlan } from './execute-plan.ts'
import { inTurnOf } from './vm-turn.ts'
import { keepSteps, liveOf, noteSteps } from './live-disks.ts'
import type { JobNews } from './disk-ports.ts'
import type { App } from './ports.ts'

/** QEMU has told of a job. */
export async function heardOfJob(app: App, vm: string, { id, error }: JobNews): Promise<void> {
  if (isBackupJob(id)) return settleBackup(app, vm)
  const disk = diskOfJobId(id)
  if (disk !== undefined) await settleJob(app, jobName({ vm, disk }), error)
}

/** All that are under way, of one machine or of all: it has ended, or weftd has come back. */
export async function settleJobs(app: App, vm?: string): Promise<void> {
  for (const job of app.jobs.list()) {
    if (vm !== undefined && job.vm !== vm) continue
    const because = app.machines.isRunning(job.vm) ? 'it had ended before' : 'the machine has ended'
    await settleJob(app, jobName(job), because).catch((error: unknown) => {
      app.log?.(`could not settle job '${jobName(job)}': ${String(error)}`)
    })
  }
}

export const settleJob = (app: App, name: string, because?: string): Promise<void> =>
  inTurnOf(app, app.jobs.find(name)?.vm ?? name, () => settleNow(app, name, because))

/** By who has the host's queue already. */
export async function settleNow(app: App, name: string, because?: string): Promise<void> {
  let why = because
  const failed = new Set<JobTurn>()
  for (;;) {
    const job = app.jobs.find(name)
    if (job === undefined) return
    const seen = await lookAtJob(app, job)
    const turn = nextTurn(job, seen)
    if (turn === 'wait') {
      if (job.isHeld === true && seen.status === 'ready') tell(app, job, { what: 'ready' })
      return
    }
    try {
      await executePlan(app, await planTurn(app, job, seen, turn), 'weftd')
    } catch (error) {
      why = error instanceof Error ? error.message : String(error)
      app.log?.(`job '${name}': ${why}`)
      if (failed.has(turn)) return
      failed.add(turn)
      // What is linked by hand cannot be waited for.
      if (turn === 'link') await turnBack(app, job)
    } finally {
      await app.vms.refresh(job.vm)
      await app.jobs.refresh(name)
    }
    if (app.jobs.find(name) !== undefined) continue
    if (turn !== 'finish') tell(app, job, { what: 'given-up', because: why ?? 'it has ended' })
    else tell(app, job, { what: 'done', ...(isMoment(job) ? { because: MOMENT } : {}) })
    return
  }
}

/** The machine keeps the disk it has. */
const isMoment = ({ kind, target }: DiskJob): boolean => kind === 'copy' && target?.isPivot === false
export const MOMENT = 'the copy is of this moment'

function tell(
  app: App,
  { vm, disk, kind }: DiskJob,
  news: { readonly what: 'ready' | 'done' | 'given-up'; readonly because?: string },
): void {
  app.events.emit({ kind: 'job', vm, disk, job: kind, ...news })
}

async function turnBack(app: App, job: DiskJob): Promise<void> {
  await executePlan(app, await planTurn(app, job, await lookAtJob(app, job), 'turn-back'), 'weftd')
}

async function planTurn(app: App, job: DiskJob, seen: SeenDiskJob, turn: JobTurn): Promise<Plan> {
  const { facts } = app
  const forget = (await planForget(app, app.jobs, job, '')).steps.map((step) => ({
    ...step,
    reason: 'nothing of it is under way any more',
  }))
  switch (turn) {
    case 'halt':
      return planJobHalt(job, facts)
    case 'switch':
      return planJobSwitch(job, seen.status, await goOver(app, job), facts)
    case 'link':
    case 'finalize':
      return planJobFinalize(job, facts)
    case 'finish':
      return planJobFinish(job, seen, [...(await nodeSteps(app, job)), ...forget], facts)
    case 'turn-back':
      return lastingPlan(`return machine '${job.vm}' to '${job.path}'`, await goBack(app, job))
    case 'give-up':
    case 'wait':
      return planJobGiveUp(job, seen, forget, facts)
  }
}

/** Steps after which definition and note name the target. */
export function goOver(app: App, job: DiskJob): Promise<Step[]> {
  const { path, target = { path, format: job.format }, nodesAfter } = job
  return redirect(app, job, { from: path, to: target, nodes: nodesAfter })
}

function goBack(app: App, job: DiskJob): Promise<Step[]> {
  const { path, format, target, nodes } = job
  return redirect(app, job, { from: target?.path ?? path, to: { path, format }, nodes })
}

interface Redirection {
  readonly from: string
  readonly to: Pick<DiskDevice, 'path' | 'format'>
  readonly nodes: readonly string[]
}

async function redirect(app: App, { vm, disk }: DiskJob, { from, to, nodes }: Redirection): Promise<Step[]> {
  const { path, format } = to
  const change = (spec: VmSpec): VmSpec => ({
    ...spec,
    disks: spec.disks.map((each) => (each.path === from ? { ...each, path, format } : each)),
  })
  const spec = app.vms.find(vm)
  const live = await liveOf(app, vm)
  const note = live && { ...withNodes(live, disk, nodes), spec: change(live.spec) }
  if (spec !== undefined) return keepSteps(app, change(spec), note)
  return note === undefined ? [] : noteSteps(app, note)
}

const withNodes = (live: LiveVm, disk: string, nodes: readonly string[]): LiveVm => ({
  ...live,
  nodes: { ...live.nodes, [disk]: nodes },
})

/** What QEMU has open is another matter after a pull, too, which leaves the definition alone. */
async function nodeSteps(app: App, { vm, disk, kind, nodesAfter }: DiskJob): Promise<Step[]> {
  if (kind !== 'pull') return []
  const live = await liveOf(app, vm)
  return live === undefined ? [] : noteSteps(app, withNodes(live, disk, nodesAfter))
}

async function lookAtJob(app: App, job: DiskJob): Promise<SeenDiskJob> {
  const { vm, path, format, target } = job
  const disks = app.vms.find(vm)?.disks ?? []
  const defined = disks.find((disk) => disk.path === target?.path) ?? disks.find((disk) => disk.path === path)
  const hasBacking = (await app.images.inspect(path, format))?.backing !== undefined
  const isRunning = app.machines.isRunning(vm)
  const said = isRunning ? await askQemu(app, job) : {}
  return { isRunning, hasBacking, ...said, ...(defined === undefined ? {} : { defined: defined.path }) }
}

async function askQemu(app: App, job: DiskJob): Promise<{ status?: string; open?: string }> {
  const jobs = (await app.machines.ask(job.vm, 'query-jobs')) as readonly { id: string; status: string }[]
  const status = jobs.find(({ id }) => id === jobId(job))?.status
  const spec = (await liveOf(app, job.vm))?.spec
  const bus = spec?.disks.find(({ path }) => path === job.path || path === job.target?.path)?.bus
  const device = backendId(spec?.machine ?? 'q35', { bus: bus ?? 'virtio' }, job.disk)
  const blocks = (await app.machines.ask(job.vm, 'query-block')) as readonly {
    readonly qdev?: string
    readonly inserted?: { readonly file: string }
  }[]
  const open = blocks.find(({ qdev }) => qdev === device)?.inserted?.file
  return { ...(status === undefined ? {} : { status }), ...(open === undefined ? {} : { open }) }
}
