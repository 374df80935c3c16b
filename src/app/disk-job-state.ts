/** Work on disks of machines that run, as it stands: how far it is, which of it somebody means, and how it ends. */
import { WeftError } from '../core/errors.ts'
import { jobId, jobName, type DiskJob } from '../core/vm/disk-job.ts'
import type { WeftEvent } from './event-ports.ts'
import { getMachineDisk } from './live-disks.ts'
import type { App } from './ports.ts'

export interface DiskJobState extends DiskJob {
  /** QEMU's word. */
  readonly status: string
  /** In QEMU's measure, bytes of the disk most often; the whole grows while a guest writes. */
  readonly done: number
  readonly total: number
}

export async function listJobs(app: App): Promise<DiskJobState[]> {
  return Promise.all(app.jobs.list().map((job) => lookAtState(app, job)))
}

interface QemuJob {
  readonly id: string
  readonly status: string
  readonly 'current-progress': number
  readonly 'total-progress': number
}

export async function lookAtState(app: App, job: DiskJob): Promise<DiskJobState> {
  const said = await app.machines.ask(job.vm, 'query-jobs').catch(() => [])
  const known = (said as readonly QemuJob[]).find(({ id }) => id === jobId(job))
  const progress = { done: known?.['current-progress'] ?? 0, total: known?.['total-progress'] ?? 0 }
  return { ...job, status: known?.status ?? 'ending', ...progress }
}

/** `word`: as for a disk. Throws not-found where nothing is being done. */
export async function getJob(app: App, vm: string, word: string): Promise<DiskJob> {
  const job =
    app.jobs.find(jobName({ vm, disk: word })) ??
    app.jobs.find(jobName({ vm, disk: (await getMachineDisk(app, vm, word)).disk.id }))
  if (job !== undefined) return job
  throw new WeftError('not-found', `nothing is being done to disk '${word}' of machine '${vm}'`, {
    hint: 'weft job list',
  })
}

/** Rejects when it was given up. */
export function jobEnd(app: App, { vm, disk, kind }: DiskJob): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const hear = (event: WeftEvent): void => {
    if (event.kind !== 'job' || event.vm !== vm || event.disk !== disk) return
    if (event.what === 'begun' || event.what === 'ready') return
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
