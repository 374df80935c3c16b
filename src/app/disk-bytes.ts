/** The bytes of a disk's file, sent and taken as they are, whatever its format: a whole new file, or the one there is; never half of one. */
import { invalidDefinition, WeftError } from '../core/errors.ts'
import type { DiskFormat } from '../core/storage/disk.ts'
import { freshPath } from '../core/storage/plan-disk.ts'
import { planDiskUpload } from '../core/storage/plan-upload.ts'
import { type Changed, type ChangeRequest, told } from './change.ts'
import { getDisk, type DiskState } from './disk-images.ts'
import type { FilePiece, FileReading, ImageFacts } from './disk-ports.ts'
import { withSpaceErrors } from './disks.ts'
import { executeInTwo } from './execute-plan.ts'
import { HOST_QUEUE } from './find-network.ts'
import type { App } from './ports.ts'
import { refuseBase, refuseRunning, refuseSaved, refuseWithoutQemuImg } from './refuse-disk.ts'
import { refuseJobOn } from './refuse-job.ts'
import { refuseSnapshots } from './snapshots.ts'

export interface Upload {
  /** Where in the file they belong, the rest of which stays; absent: they are the whole file. */
  readonly offset?: number
  /** The file may end beyond where it ended. */
  readonly mayGrow?: true
  /** Asked for when everything else is as it should be; throws when they are cut off. */
  readonly pieces: () => AsyncIterable<FilePiece>
}

/**
 * Throws not-found; in-use for a disk that a machine which runs or is saved has, that others begin with, that is worked on or has
 * snapshots in it, also when that has become so while the bytes came; invalid-argument for bytes that are no such disk.
 */
export function uploadDisk(
  app: App,
  name: string,
  { offset, mayGrow, pieces }: Upload,
  request: ChangeRequest,
): Promise<Changed<'uploaded'>> {
  return app.queue.run(`disk:${name}`, () =>
    // Others have their turns while the bytes come.
    app.queue.run(HOST_QUEUE, async (lend) => {
      const disk = await getWritableDisk(app, name)
      const was = await inspect(app, disk.path, disk.format)
      const limit = offset === undefined ? {} : { limit: await roomAfter(app, disk, offset, mayGrow) }
      const { plan, before, sequel } = planDiskUpload(disk, offset, app.facts)
      const pointOfNoReturn = before + sequel.length - 1
      if (request.dryRun) return { result: 'uploaded', notes: [], number: null, plan }
      const fresh = freshPath(disk.path)
      let bytes = 0
      const receive = async (): Promise<void> => {
        bytes = await app.images.fill(fresh, { offset: offset ?? 0, ...limit }, pieces())
        await refuseContent(app, disk, { fresh, was })
      }
      const begin = {
        after: before,
        lend,
        plan: async () => {
          await lend(receive)
          const now = await getWritableDisk(app, name)
          if (now.identity !== disk.identity)
            throw new WeftError('conflict', `disk '${name}' has become another meanwhile`)
          return sequel
        },
      }
      const done = await withSpaceErrors(disk, () =>
        executeInTwo(app, { ...plan, pointOfNoReturn }, request.by, begin),
      )
      const uploaded = { result: 'uploaded', notes: [`bytes: ${String(bytes)}`], ...done } as const
      return told(app, uploaded, { kind: 'pool', name: disk.pool, what: 'refreshed' })
    }),
  )
}

async function getWritableDisk(app: App, name: string): Promise<DiskState> {
  const disk = await getDisk(app, name)
  refuseRunning(app, disk)
  refuseSaved(app, disk)
  refuseSnapshots(app, disk)
  refuseBase(disk, 'another')
  refuseJobOn(app, disk.path)
  refuseWithoutQemuImg(app)
  return disk
}

async function inspect(app: App, path: string, format: DiskFormat): Promise<ImageFacts> {
  const facts = await app.images.inspect(path, format)
  if (facts !== undefined) return facts
  throw new WeftError('not-found', `'${path}' has gone`)
}

/** The size of the file, beyond which nothing is written. */
async function roomAfter(app: App, disk: DiskState, offset: number, mayGrow?: true): Promise<number> {
  if (mayGrow === true) return Number.MAX_SAFE_INTEGER
  const size = (await app.host.inspectFile(disk.path))?.size ?? 0
  if (offset < size) return size
  const message = `the file of disk '${disk.name}' has ${String(size)} bytes: there is nothing at ${String(offset)}`
  throw invalidDefinition(`disk '${disk.name}'`, [{ path: 'offset', message }])
}

/** What a machine could not run with is refused before it is the disk; so is a header that leads to other files of this host. */
async function refuseContent(
  app: App,
  { name, path, format }: DiskState,
  { fresh, was }: { readonly fresh: string; readonly was: ImageFacts },
): Promise<void> {
  const refuse = (message: string, hint: string): WeftError =>
    new WeftError('invalid-argument', `${message}; '${path}' is as it was`, { hint })
  const now = await inspect(app, fresh, format)
  if (format === 'raw') {
    if (now.size >= 512 && now.size % 512 === 0) return
    throw refuse(`${String(now.size)} bytes are no disk`, 'a disk has whole sectors of 512 bytes')
  }
  if (now.format !== 'qcow2')
    throw refuse(
      `what came for disk '${name}' is no qcow2 image`,
      'weft disk import NEW FILE makes a disk of what is in it',
    )
  if (now.hasDataFile || (now.backing !== undefined && now.backing !== was.backing))
    throw refuse(
      `what came for disk '${name}' goes on in ${now.backing === undefined ? 'another file' : `'${now.backing}'`}`,
      'make a whole one: qemu-img convert -O qcow2 FILE WHOLE.qcow2',
    )
  if (now.isEncrypted !== was.isEncrypted)
    throw refuse(
      `what came for disk '${name}' is ${now.isEncrypted ? '' : 'not '}encrypted, other than the disk`,
      'it goes to a disk of its kind',
    )
  // Its tables are not looked at without the key; QEMU does.
  if (now.isEncrypted) return
  const { errors } = await app.images.check(fresh, format)
  if (errors > 0)
    throw refuse(`what came for disk '${name}' has ${String(errors)} errors`, 'qemu-img check FILE')
}

export interface Range {
  readonly offset?: number
  /** At most so many bytes. */
  readonly length?: number
}

/** Hands the bytes to `send`. They end with conflict when somebody has written to the file meanwhile: what has been sent is nothing then. */
export function downloadDisk(
  app: App,
  name: string,
  { offset = 0, length }: Range,
  send: (bytes: number, pieces: AsyncIterable<FilePiece>) => Promise<void>,
): Promise<void> {
  return app.queue.run(`disk:${name}`, async () => {
    const disk = await getDisk(app, name)
    refuseRunning(app, disk)
    refuseJobOn(app, disk.path)
    refuseWithoutQemuImg(app)
    const file = await app.images.read(disk.path)
    try {
      if (offset > file.size) await roomAfter(app, disk, offset)
      const end = Math.min(file.size, offset + (length ?? file.size))
      await send(end - offset, unlessChanged(file, file.pieces(offset, end), name))
    } finally {
      await file.close()
    }
  })
}

/** The last piece is held back until it is known: without it nobody takes what came for whole. */
async function* unlessChanged(
  file: FileReading,
  pieces: AsyncIterable<FilePiece>,
  name: string,
): AsyncGenerator<FilePiece> {
  let last: FilePiece | undefined
  for await (const piece of pieces) {
    if (last !== undefined) yield last
    last = piece
  }
  if (await file.hasChanged())
    throw new WeftError('conflict', `disk '${name}' has been written to while it was downloaded`)
  if (last !== undefined) yield last
}
