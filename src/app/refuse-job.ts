/** A disk that is being worked on has no time for anything else. */
import { WeftError } from '../core/errors.ts'
import { jobName, type DiskJob } from '../core/vm/disk-job.ts'
import type { App } from './ports.ts'

export function refuseJob(app: App, of: Pick<DiskJob, 'vm' | 'disk'>): void {
  refuseBackup(app, of.vm)
  const job = app.jobs.find(jobName(of))
  if (job !== undefined) throw busy(job, job.path)
}

export function refuseJobOn(app: App, path: string): void {
  const job = app.jobs.list().find((each) => each.path === path || each.target?.path === path)
  if (job !== undefined) throw busy(job, path)
}

function busy({ kind, vm, disk }: DiskJob, path: string): WeftError {
  return new WeftError('in-use', `'${path}' is being worked on: ${kind} of ${disk} of machine '${vm}'`, {
    hint: `weft job list shows how far it is; weft job cancel ${vm} ${disk}`,
  })
}

export function refuseBackup(app: App, vm: string): void {
  if (app.backups.find(vm) === undefined) return
  throw new WeftError('in-use', `machine '${vm}' is being backed up`, {
    hint: `weft job list shows how far it is; weft job cancel ${vm} backup`,
  })
}

/** Its backup, and whatever is done to one of these disks. */
export function refuseWork(app: App, vm: string, paths: readonly string[]): void {
  refuseBackup(app, vm)
  for (const path of paths) refuseJobOn(app, path)
}

/** What lies in a file is to find the disks as it has left them. */
export function refuseSavedVm(app: App, vm: string): void {
  if (app.saves.find(vm) === undefined) return
  throw new WeftError(
    'wrong-state',
    `machine '${vm}' is saved: its memory goes on with the disks as they are`,
    {
      hint: `weft vm start ${vm}`,
    },
  )
}
