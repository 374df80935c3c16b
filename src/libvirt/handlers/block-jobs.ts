/** Work on disks of machines that run: weft's jobs, in libvirt's words. */
import {
  cancelJob,
  commitDisk,
  listJobs,
  pullDisk,
  type DiskJobState,
  type JobRequest,
} from '../../app/disk-jobs.ts'
import { getDisk } from '../../app/disk-images.ts'
import { resizeDisk } from '../../app/disks.ts'
import { watchDisk } from '../../app/watch-disk.ts'
import { liveOf } from '../../app/live-disks.ts'
import type { CallName } from '../wire/procedures.ts'
import type { DomainHandle } from '../wire/types.ts'
import { drivesOf, findDrive, type Drive } from './drives.ts'
import { fail } from './failures.ts'
import { runningMachine, specOf } from './find-machine.ts'
import { diskWord } from './find-storage.ts'
import { JOB_TYPES } from './job-events.ts'
import type { Context, Handlers } from './handler.ts'

const SIZE_IN_BYTES = 1
/** virDomainBlockJobAbortFlags. */
const PIVOT = 2
/** Of commits; pulls have another bit for the same. */
const COMMIT_IN_BYTES = 16
const PULL_IN_BYTES = 64
const REBASE_COPY = 8
const MEBIBYTE = 2 ** 20
const SECTOR = 512

export const BLOCK_JOB_HANDLERS = {
  DOMAIN_BLOCK_RESIZE: async (context, { dom, disk: word, size, flags }) => {
    const { app, change } = context
    const { drive } = await driveOf(context, dom, word)
    const bytes = Number(size) * ((flags & SIZE_IN_BYTES) === 0 ? 1024 : 1)
    const disk = await getDisk(app, drive.path ?? '')
    await resizeDisk(app, await diskWord(app, disk), { size: Math.ceil(bytes / SECTOR) * SECTOR }, change)
    return {}
  },
  DOMAIN_SET_BLOCK_THRESHOLD: async (context, { dom, dev, threshold }) => {
    // `vda[0]` is what the disk writes to, as `vda` is.
    const { vm, drive } = await driveOf(context, dom, dev.replace(/\[0\]$/, ''))
    await watchDisk(context.app, vm, drive.id, Number(threshold), context.change)
    return {}
  },
  DOMAIN_BLOCK_COMMIT: async (context, { dom, disk, base, top, bandwidth, flags }) => {
    const { name } = specOf(context, dom)
    // What a disk begins with is known of those that are open.
    if (!context.app.machines.isRunning(name))
      throw fail('invalidArgument', 'qemu', `could not find base image in chain for '${disk}'`)
    const { vm, drive } = await driveOf(context, dom, disk)
    const isActive = top === null || top === drive.path || top === drive.target
    if (!isActive) throw fail('unsupportedConfig', 'qemu', 'only the uppermost image of a disk is committed')
    const below = (await getBacking(context, drive)) ?? ''
    if (base !== null && base !== below)
      throw fail('unsupportedConfig', 'qemu', `'${drive.path ?? ''}' is committed to '${below}' only`)
    await commitDisk(
      context.app,
      vm,
      drive.id,
      jobRequest(context, bandwidth, (flags & COMMIT_IN_BYTES) !== 0),
    )
    return {}
  },
  DOMAIN_BLOCK_PULL: async (context, { dom, path, bandwidth, flags }) => {
    const { vm, drive } = await driveOf(context, dom, path)
    await pullDisk(context.app, vm, drive.id, jobRequest(context, bandwidth, (flags & PULL_IN_BYTES) !== 0))
    return {}
  },
  DOMAIN_BLOCK_REBASE: async (context, { dom, path, base, bandwidth, flags }) => {
    const { vm, drive } = await driveOf(context, dom, path)
    if (base !== null || (flags & REBASE_COPY) !== 0)
      throw fail('unsupportedConfig', 'qemu', 'a disk is pulled whole: leave the base out')
    await pullDisk(context.app, vm, drive.id, jobRequest(context, bandwidth, (flags & PULL_IN_BYTES) !== 0))
    return {}
  },
  DOMAIN_BLOCK_JOB_ABORT: async (context, { dom, path, flags }) => {
    const { vm, drive } = await driveOf(context, dom, path)
    const job = await jobOf(context, vm, drive)
    // A job goes over by itself as soon as it can: whoever asks for that waits for it.
    if ((flags & PIVOT) !== 0) {
      await ended(context, vm, drive)
      return {}
    }
    if (job === undefined)
      throw fail('invalidArgument', 'qemu', `disk ${drive.target} does not have an active block job`)
    await cancelJob(context.app, vm, drive.id, context.change)
    return {}
  },
  DOMAIN_GET_BLOCK_JOB_INFO: async (context, { dom, path }) => {
    const { vm, drive } = await driveOf(context, dom, path)
    const job = await jobOf(context, vm, drive)
    if (job === undefined) return { found: 0, type: 0, bandwidth: 0n, cur: 0n, end: 0n }
    const bandwidth = BigInt(Math.ceil((job.speed ?? 0) / MEBIBYTE))
    return { found: 1, type: JOB_TYPES[job.kind], bandwidth, cur: BigInt(job.done), end: BigInt(job.total) }
  },
} as const satisfies Partial<Handlers<Extract<CallName, `DOMAIN_${string}`>>>

async function driveOf(
  context: Context,
  dom: DomainHandle,
  word: string,
): Promise<{ readonly vm: string; readonly drive: Drive }> {
  const vm = runningMachine(context, dom)
  const live = await liveOf(context.app, vm)
  const drive = findDrive(drivesOf(live?.spec ?? specOf(context, dom), live), word)
  if (drive === undefined || drive.isCd)
    throw fail('invalidArgument', 'qemu', `disk '${word}' not found in domain`)
  return { vm, drive }
}

async function getBacking({ app }: Context, { path = '', format }: Drive): Promise<string | undefined> {
  return (await app.images.inspect(path, format))?.backing
}

async function jobOf({ app }: Context, vm: string, { id }: Drive): Promise<DiskJobState | undefined> {
  return (await listJobs(app)).find((job) => job.vm === vm && job.disk === id)
}

/** MiB a second, or bytes; 0: as fast as it goes. */
function jobRequest({ change }: Context, bandwidth: bigint, inBytes: boolean): JobRequest {
  const speed = Number(bandwidth) * (inBytes ? 1 : MEBIBYTE)
  return { ...change, isBackground: true, ...(speed === 0 ? {} : { speed }) }
}

/** Heard before it is looked at: it may end meanwhile. */
async function ended(context: Context, vm: string, drive: Drive): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const leave = context.app.events.subscribe((event) => {
    if (event.kind !== 'job' || event.vm !== vm || event.disk !== drive.id || event.what === 'begun') return
    if (event.what === 'done') resolve(undefined)
    else reject(fail('failed', 'qemu', `the block job was given up: ${event.because ?? ''}`))
  })
  try {
    if ((await jobOf(context, vm, drive)) !== undefined) await promise
  } finally {
    leave()
    promise.catch(() => undefined)
  }
}
