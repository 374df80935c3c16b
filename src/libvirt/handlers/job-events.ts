/** The end of a job on a disk, in libvirt's numbers. */
import type { WeftEvent } from '../../app/event-ports.ts'
import type { App } from '../../app/ports.ts'
import { MOMENT } from '../../app/settle-disk-job.ts'
import type { DiskJobKind } from '../../core/vm/disk-job.ts'
import { drivesOf } from './drives.ts'

/** virDomainBlockJobType. An overlay is over before anybody can ask. */
export const JOB_TYPES: Readonly<Record<DiskJobKind, number>> = { pull: 1, copy: 2, commit: 4, overlay: 0 }

/** virConnectDomainEventBlockJobStatus. */
const COMPLETED = 0
const FAILED = 1
const CANCELLED = 2

interface JobEnd {
  readonly path: string
  readonly dst: string
  readonly type: number
  readonly status: number
}

/** undefined for one that goes on, and for what libvirt calls no job. */
export function endOfJob(app: App, event: WeftEvent & { kind: 'job' }): JobEnd | undefined {
  const { vm, disk, job, what } = event
  const spec = app.vms.find(vm)
  if (what === 'begun' || what === 'ready' || job === 'overlay' || spec === undefined) return undefined
  const drive = drivesOf(spec, undefined).find(({ id }) => id === disk)
  // To libvirt a copy is done when the machine has gone over to it.
  const isCancelled = event.because === MOMENT || event.because?.startsWith('cancelled') === true
  const status = isCancelled ? CANCELLED : what === 'done' ? COMPLETED : FAILED
  return { path: drive?.path ?? '', dst: drive?.target ?? '', type: JOB_TYPES[job], status }
}
