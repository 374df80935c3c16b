/** Work on disks of machines that run: weft's jobs, in libvirt's words. What libvirt holds until its client pivots or aborts is held. */
import { commitDisk, copyDisk, pullDisk, type JobRequest } from '../../app/disk-jobs.ts'
import { basesOf } from '../../app/disk-chain.ts'
import { listJobs, type DiskJobState } from '../../app/disk-job-state.ts'
import { cancelJob, finishJob } from '../../app/end-disk-job.ts'
import { formatOf } from '../../app/disk-images.ts'
import { giveFiles } from '../../app/give-files.ts'
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
import { numbersOf } from './parameters.ts'
import { readCopyTarget } from '../xml/copy-target.ts'
import { JOB_TYPES } from './job-events.ts'
import type { Context, Handlers } from './handler.ts'

const SIZE_IN_BYTES = 1
/** virDomainBlockJobAbortFlags. */
const PIVOT = 2
/** virDomainBlockCommitFlags. */
const COMMIT_SHALLOW = 1
const COMMIT_DELETE = 2
const COMMIT_ACTIVE = 4
const COMMIT_IN_BYTES = 16
/** virDomainBlockRebaseFlags; the first two are virDomainBlockCopyFlags as well. */
const COPY_SHALLOW = 1
const COPY_REUSE = 2
const COPY_RAW = 4
const REBASE_COPY = 8
const PULL_IN_BYTES = 64
const COPY_SYNCHRONOUS = 8
/** virDomainBlockJobInfoFlags. */
const INFO_IN_BYTES = 1
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
    const word = dev.replace(/\[0\]$/, '')
    const { vm, drive } = await driveOf(context, dom, word, `failed to find disk '${dev}'`)
    await watchDisk(context.app, vm, drive.id, Number(threshold), context.change)
    return {}
  },
  DOMAIN_BLOCK_COMMIT: async (context, { dom, disk, base, top, bandwidth, flags }) => {
    const { name } = specOf(context, dom)
    // What a disk begins with is known of those that are open.
    if (!context.app.machines.isRunning(name))
      throw fail('invalidArgument', 'qemu', `could not find base image in chain for '${disk}'`)
    const { vm, drive } = await idleDrive(context, dom, disk)
    const wanted = await commitOf(context, drive, { base, top, flags })
    const request = jobRequest(context, bandwidth, (flags & COMMIT_IN_BYTES) !== 0)
    await commitDisk(context.app, vm, drive.id, {
      ...{ ...request, isHeld: true, base: wanted },
      ...((flags & COMMIT_DELETE) === 0 ? { keepsImages: true } : {}),
    })
    return {}
  },
  DOMAIN_BLOCK_PULL: async (context, { dom, path, bandwidth, flags }) => {
    const { vm, drive } = await idleDrive(context, dom, path)
    await pullDisk(context.app, vm, drive.id, jobRequest(context, bandwidth, (flags & PULL_IN_BYTES) !== 0))
    return {}
  },
  DOMAIN_BLOCK_REBASE: async (context, { dom, path, base, bandwidth, flags }) => {
    const { vm, drive } = await idleDrive(context, dom, path)
    const request = jobRequest(context, bandwidth, (flags & PULL_IN_BYTES) !== 0)
    if ((flags & REBASE_COPY) !== 0) {
      const format = (flags & COPY_RAW) === 0 ? {} : { format: 'raw' }
      await copyHeld(context, { vm, drive }, { path: base ?? '', ...format, flags }, request)
      return {}
    }
    if (base !== null) throw fail('unsupportedConfig', 'qemu', 'a disk is pulled whole: leave the base out')
    await pullDisk(context.app, vm, drive.id, request)
    return {}
  },
  DOMAIN_BLOCK_COPY: async (context, { dom, path, destxml, params, flags }) => {
    const { vm, drive } = await idleDrive(context, dom, path)
    const target = await readCopyTarget(destxml)
    if ('wrong' in target) throw fail('xml', 'domain', target.wrong)
    if ((flags & COPY_SYNCHRONOUS) !== 0)
      throw fail(
        'unsupportedConfig',
        'qemu',
        'what a guest writes goes into a copy after the disk, not before',
      )
    const numbers = numbersOf(params, ['bandwidth', 'granularity', 'buf-size'])
    for (const name of ['granularity', 'buf-size'])
      if ((numbers.get(name) ?? 0) !== 0) throw fail('unsupportedConfig', 'qemu', `QEMU chooses the ${name}`)
    const request = jobRequest(context, BigInt(numbers.get('bandwidth') ?? 0), true)
    const taken = flags & (COPY_SHALLOW | COPY_REUSE)
    await copyHeld(context, { vm, drive }, { ...target, flags: taken }, request)
    return {}
  },
  DOMAIN_BLOCK_JOB_ABORT: async (context, { dom, path, flags }) => {
    const { vm, drive } = await driveOf(context, dom, path)
    const job = await jobOf(context, vm, drive)
    const what = `disk ${drive.target} does not have an active block job`
    if (job === undefined) throw fail('invalidArgument', 'qemu', what)
    const isCopied = job.isHeld === true && job.kind === 'copy' && job.status === 'ready'
    if ((flags & PIVOT) !== 0) await pivot(context, drive, job)
    else if (isCopied) await finishJob(context.app, vm, drive.id, false, context.change)
    else await cancelJob(context.app, vm, drive.id, context.change)
    return {}
  },
  DOMAIN_GET_BLOCK_JOB_INFO: async (context, { dom, path, flags }) => {
    const { vm, drive } = await driveOf(context, dom, path)
    const job = await jobOf(context, vm, drive)
    if (job === undefined) return { found: 0, type: 0, bandwidth: 0n, cur: 0n, end: 0n }
    const unit = (flags & INFO_IN_BYTES) === 0 ? MEBIBYTE : 1
    const bandwidth = BigInt(Math.ceil((job.speed ?? 0) / unit))
    return { found: 1, type: JOB_TYPES[job.kind], bandwidth, ...progressOf(job) }
  },
} as const satisfies Partial<Handlers<Extract<CallName, `DOMAIN_${string}`>>>

async function driveOf(
  context: Context,
  dom: DomainHandle,
  word: string,
  missing = `disk '${word}' not found in domain`,
): Promise<{ readonly vm: string; readonly drive: Drive }> {
  const vm = runningMachine(context, dom)
  const live = await liveOf(context.app, vm)
  const drive = findDrive(drivesOf(live?.spec ?? specOf(context, dom), live), word)
  if (drive === undefined || drive.isCd) throw fail('invalidArgument', 'qemu', missing)
  return { vm, drive }
}

/** Throws where something is being done to it. */
async function idleDrive(
  context: Context,
  dom: DomainHandle,
  word: string,
): Promise<{ readonly vm: string; readonly drive: Drive }> {
  const found = await driveOf(context, dom, word)
  if ((await jobOf(context, found.vm, found.drive)) !== undefined)
    throw fail('blockCopyActive', 'qemu', `disk '${found.drive.target}' already in active block job`)
  return found
}

interface CommitWords {
  readonly base: string | null
  readonly top: string | null
  readonly flags: number
}

/** The image that is committed to: without a word for it the last one. */
async function commitOf({ app }: Context, drive: Drive, { base, top, flags }: CommitWords): Promise<string> {
  const { path = '', format, target } = drive
  const chain = [path, ...(await basesOf(app, { path, format })).map((each) => each.path)]
  const wrong = (detail: string): Error => fail('invalidArgument', 'qemu', detail)
  const place = top === null || top === target ? 0 : chain.indexOf(top)
  const upper = chain[place]
  if (upper === undefined) throw wrong(`could not find image '${top ?? ''}' in chain for '${target}'`)
  const below = chain.slice(place + 1)
  const isShallow = (flags & COMMIT_SHALLOW) !== 0
  const isNext = base === null && isShallow
  const wanted = isNext
    ? below[0]
    : below.find((each, at) => each === base || (base === null && at === below.length - 1))
  if (wanted === undefined && !isNext)
    throw wrong(
      base === null
        ? `could not find base image in chain for '${target}'`
        : `could not find image '${base}' beneath '${upper}' in chain for '${target}'`,
    )
  const isActive = (flags & COMMIT_ACTIVE) !== 0
  if (place === 0 && !isActive) throw wrong(`commit of '${target}' active layer requires active flag`)
  if (place > 0 && isActive) throw wrong(`active commit requested but '${upper}' is not active`)
  if (wanted === undefined) throw wrong(`top '${upper}' in chain for '${path}' has no backing file`)
  if (isShallow && wanted !== below[0])
    throw wrong(`base '${wanted}' is not immediately below '${upper}' in chain for '${path}'`)
  if (place > 0) throw fail('unsupportedConfig', 'qemu', 'only the uppermost image of a disk is committed')
  return wanted
}

interface CopyWords {
  readonly path: string
  readonly format?: string
  readonly flags: number
}

/** Its file stays whatever happens, as libvirt leaves it. */
async function copyHeld(
  { app, change }: Context,
  { vm, drive }: { readonly vm: string; readonly drive: Drive },
  { path, format, flags }: CopyWords,
  request: JobRequest,
): Promise<void> {
  const isThere = (await app.host.inspectFile(path)) !== undefined
  const isReused = (flags & COPY_REUSE) !== 0
  if (isThere && !isReused) {
    const detail = `external destination file for disk ${drive.target} already exists and is not a block device: ${path}`
    throw fail('unsupportedConfig', 'qemu', detail)
  }
  if (!isThere && isReused)
    throw fail(
      'system',
      'qemu',
      `missing destination file for disk ${drive.target}: ${path}: No such file or directory`,
    )
  if (format !== undefined && format !== 'raw' && format !== 'qcow2')
    throw fail('unsupportedConfig', 'qemu', `a disk is copied to qcow2 or raw, not to '${format}'`)
  const wanted = format ?? (isReused ? await formatOf(app, path) : drive.format)
  if (isReused)
    await giveFiles(app, { name: vm, disks: [{ path, format: wanted, bus: 'virtio' }], cdroms: [] }, change)
  const stands = (await app.images.inspect(drive.path ?? '', drive.format))?.backing !== undefined
  const copy = {
    ...{ name: path, format: wanted, isPivot: true, isForeign: true as const },
    ...(isReused ? { isThere: true as const } : {}),
    ...((flags & COPY_SHALLOW) !== 0 && stands ? { isShallow: true as const } : {}),
  }
  await copyDisk(app, vm, drive.id, copy, { ...request, isHeld: true })
}

/** One that goes over by itself, as soon as it can, is waited for. */
async function pivot(context: Context, drive: Drive, job: DiskJobState): Promise<void> {
  if (job.kind === 'pull') throw fail('invalid', 'qemu', "job type 'pull' does not support pivot")
  if (job.isHeld !== true) return ended(context, job.vm, drive)
  if (job.status !== 'ready')
    throw fail('blockCopyActive', 'qemu', `block job '${job.kind}-${drive.target}' not ready for pivot yet`)
  await finishJob(context.app, job.vm, drive.id, true, context.change)
}

/** Clients take a job that has come to its end for one that is ready. */
function progressOf({ done, total, status }: DiskJobState): { readonly cur: bigint; readonly end: bigint } {
  const isReady = status === 'ready' || status === 'pending'
  if (total === 0) return isReady ? { cur: 1n, end: 1n } : { cur: 0n, end: 1n }
  return { cur: BigInt(!isReady && done === total ? done - 1 : done), end: BigInt(total) }
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
    if (event.what === 'ready') return
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
