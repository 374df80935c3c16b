/** Disks and pools over HTTP. */
import type { JsonRoute } from '../../api/contract.ts'
import type { HeldJobRequest } from '../../api/disk-job-requests.ts'
import type { DiskView, PoolView } from '../../api/views.ts'
import { checkDisk, repairDisk, wipeDisk } from '../../app/care-disk.ts'
import { cloneDisk, importDisk } from '../../app/copy-disk.ts'
import { getDisk, listDisks, type DiskState } from '../../app/disk-images.ts'
import type { ChangeRequest } from '../../app/change.ts'
import { commitDisk, copyDisk, overlayDisk, pullDisk, type JobRequest } from '../../app/disk-jobs.ts'
import { listJobs } from '../../app/disk-job-state.ts'
import { cancelJob, finishJob } from '../../app/end-disk-job.ts'
import { listBackupJobs } from '../../app/backups.ts'
import { convertDisk } from '../../app/convert-disk.ts'
import { limitDisk } from '../../app/limit-disk.ts'
import { attachDisk, detachDisk } from '../../app/plug-disk.ts'
import { createDisk, deleteDisk, resizeDisk } from '../../app/disks.ts'
import { buildPool, deletePoolDirectory } from '../../app/pool-directory.ts'
import {
  autostartPool,
  definePool,
  listPools,
  startPool,
  stopPool,
  undefinePool,
  type PoolState,
} from '../../app/pools.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

type DiskRoute = Extract<
  JsonRoute,
  `${string}Disk${string}` | `${string}Pool${string}` | `${string}Job${string}`
>

export const diskHandlers = {
  listDisks: async ({ app }) => (await listDisks(app)).map(diskView),
  showDisk: async ({ app, params }) => diskView(await getDisk(app, params.name)),
  createDisk: ({ app, body: { encrypt = false, ...disk }, request }) =>
    changeView(createDisk(app, { ...disk, ...(encrypt ? { isEncrypted: true as const } : {}) }, request)),
  resizeDisk: ({ app, params, body, request }) => changeView(resizeDisk(app, params.name, body, request)),
  deleteDisk: ({ app, params, request }) => changeView(deleteDisk(app, params.name, request)),
  cloneDisk: ({ app, params, body, request }) => changeView(cloneDisk(app, params.name, body, request)),
  importDisk: ({ app, body: { path, from, ...disk }, request }) => {
    const image = { path, ...(from === undefined ? {} : { format: from }) }
    return changeView(importDisk(app, image, disk, request))
  },
  checkDisk: ({ app, params }) => checkDisk(app, params.name),
  repairDisk: ({ app, params, request }) => changeView(repairDisk(app, params.name, request)),
  wipeDisk: ({ app, params, request }) => changeView(wipeDisk(app, params.name, request)),
  attachDisk: ({ app, params, body, request }) =>
    changeView(attachDisk(app, params.name, body.disk, request)),
  detachDisk: ({ app, params, request }) => changeView(detachDisk(app, params.name, params.disk, request)),
  convertDisk: ({ app, params, body, request }) =>
    changeView(convertDisk(app, params.name, body.format, request)),
  limitDisk: ({ app, params, body, request }) =>
    changeView(limitDisk(app, params.name, params.disk, body, request)),
  overlayDisk: ({ app, params, body, request }) =>
    changeView(overlayDisk(app, params.name, params.disk, body, request)),
  commitDisk: ({ app, params, body, request }) =>
    changeView(commitDisk(app, params.name, params.disk, jobRequest(request, body))),
  pullDisk: ({ app, params, body, request }) =>
    changeView(pullDisk(app, params.name, params.disk, jobRequest(request, body))),
  copyDisk: ({ app, params, body, request }) => {
    const { to, pivot = false, format, pool } = body
    const more = { ...(format === undefined ? {} : { format }), ...(pool === undefined ? {} : { pool }) }
    const wanted = { ...more, name: to, isPivot: pivot }
    return changeView(copyDisk(app, params.name, params.disk, wanted, jobRequest(request, body)))
  },
  finishJob: ({ app, params, body: { pivot = false }, request }) =>
    changeView(finishJob(app, params.name, params.disk, pivot, request)),
  cancelJob: ({ app, params, request }) => changeView(cancelJob(app, params.name, params.disk, request)),
  listJobs: async ({ app }) => [
    ...(await listJobs(app)).map(({ vm, disk, kind, path, target, status, isHeld, done, total, since }) => ({
      ...{ vm, disk, kind, path, target: target?.path ?? null, status, done, total, since },
      held: isHeld === true,
    })),
    ...(await listBackupJobs(app)).map((job) => ({ ...job, kind: 'backup' as const, held: false })),
  ],
  listPools: async ({ app }) => (await listPools(app)).map(poolView),
  definePool: ({ app, body, request }) =>
    changeView(definePool(app, { ...body, kind: 'directory' }, request)),
  undefinePool: ({ app, params, request }) => changeView(undefinePool(app, params.name, request)),
  startPool: ({ app, params, request }) => changeView(startPool(app, params.name, request)),
  stopPool: ({ app, params, request }) => changeView(stopPool(app, params.name, request)),
  autostartPool: ({ app, params, body, request }) =>
    changeView(autostartPool(app, params.name, body.autostart, request)),
  buildPool: ({ app, params, request }) => changeView(buildPool(app, params.name, request)),
  deletePoolDirectory: ({ app, params, request }) =>
    changeView(deletePoolDirectory(app, params.name, request)),
} as const satisfies Handlers<DiskRoute>

function poolView({ name, kind, path, disks, used, isActive, isPersistent, isManual }: PoolState): PoolView {
  return {
    name,
    kind,
    path,
    disks,
    used,
    isActive,
    isPersistent,
    autostart: isPersistent && isManual !== true,
  }
}

function jobRequest(
  request: ChangeRequest,
  { background = false, hold = false, speed }: HeldJobRequest,
): JobRequest {
  const manners = { isBackground: background, isHeld: hold }
  return { ...request, ...manners, ...(speed === undefined ? {} : { speed }) }
}

function diskView({
  name,
  pool,
  path,
  format,
  size,
  used,
  backing,
  machines,
  overlays,
  isEncrypted,
}: DiskState): DiskView {
  return {
    name,
    pool,
    path,
    format,
    size,
    used,
    backing: backing ?? null,
    machines,
    overlays,
    isEncrypted: isEncrypted === true,
  }
}
