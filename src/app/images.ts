/** Importing and deleting images; pull-image.ts fetches them. The bytes come first, outside of any plan: they take their time. */
import { invalidDefinition, WeftError, type Problem } from '../core/errors.ts'
import { imagePath, isImageName, parseChecksum } from '../core/image/image.ts'
import type { Checksum, ImageRecord } from '../core/image/image.ts'
import {
  planImageDelete,
  planImageKeep,
  planImageRename,
  type RecordFiles,
} from '../core/image/plan-image.ts'
import type { Plan } from '../core/plan/plan.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import type { HereFile } from './image-ports.ts'
import { getImage, listImages } from './image-state.ts'
import type { App } from './ports.ts'

/** Records of images change one after the other; nothing else of the host does with them. */
const IMAGE_QUEUE = 'images'

export interface ImportDraft {
  /** Absolute. */
  readonly path: string
  readonly name?: string
  /** `sha256:HEX`: what the file shall be. */
  readonly checksum?: string
  readonly user?: string
}

/** What is known of an image before its bytes are here. */
export type ImageAbout = Pick<ImageRecord, 'title' | 'arch' | 'from'> &
  Partial<Pick<ImageRecord, 'user' | 'minimumDisk' | 'checked'>> & {
    readonly names: readonly string[]
  }

export async function importImage(
  app: App,
  draft: ImportDraft,
  request: ChangeRequest,
): Promise<Changed<'imported' | 'here-already'>> {
  const name = draft.name ?? nameOfFile(draft.path)
  const expected = draft.checksum === undefined ? undefined : readChecksum(draft.checksum)
  refuseName(name)
  const order = { path: draft.path, expected }
  const file = await (request.dryRun ? app.imageFiles.examine(order) : app.imageFiles.copy(order))
  const about: ImageAbout = {
    names: [name],
    title: draft.path.slice(draft.path.lastIndexOf('/') + 1),
    arch: 'x86_64',
    from: draft.path,
    ...(draft.user === undefined ? {} : { user: draft.user }),
    ...(draft.checksum === undefined ? {} : { checked: { checksum: draft.checksum, by: request.by } }),
  }
  const changed = await keepImage(app, file, about, { ...request, mayReplace: false })
  if (changed.result === 'kept') app.events.emit({ kind: 'image', name, what: 'imported' })
  return { ...changed, result: changed.result === 'kept' ? 'imported' : 'here-already' }
}

export interface KeepRequest extends ChangeRequest {
  /** The name moves here from another image. */
  readonly mayReplace: boolean
}

/** Makes an image of a file that has come whole, or gives the file up. */
export function keepImage(
  app: App,
  file: HereFile,
  about: ImageAbout,
  request: KeepRequest,
): Promise<Changed<'kept' | 'here-already'>> {
  return app.queue.run(IMAGE_QUEUE, async () => {
    try {
      const plan = await planKeep(app, file, about, request)
      const result = plan.steps.length === 0 ? 'here-already' : 'kept'
      const changed = await carryOut(app, request, plan, result, [`bytes: sha256:${file.digest}`])
      if (!request.dryRun) await refreshAll(app, plan)
      return changed
    } finally {
      // Of a failed plan, too: what is wrong with it will not get better.
      if (!request.dryRun) await app.imageFiles.discard(file.path)
    }
  })
}

async function planKeep(app: App, file: HereFile, about: ImageAbout, request: KeepRequest): Promise<Plan> {
  const { size, format } = await refuseContent(app, file)
  const known = app.imageRecords.find(file.digest)
  const names = [...new Set([...(known?.names ?? []), ...about.names])].sort()
  const record: ImageRecord = {
    ...(known ?? { ...about, since: app.chance.now().toISOString() }),
    ...(about.checked === undefined ? {} : { checked: about.checked }),
    ...{ digest: file.digest, names, bytes: file.bytes, format, size },
    kind: file.content === 'iso' ? 'iso' : 'disk',
  }
  const older = app.imageRecords
    .list()
    .find((each) => each.digest !== file.digest && each.names.some((name) => about.names.includes(name)))
  if (!request.mayReplace) refuseTaken(about, older)
  const isHere = (await app.images.inspect(imagePath(app.facts.paths, file.digest))) !== undefined
  const change = {
    record,
    before: await readRecord(app, file.digest),
    part: isHere ? undefined : { path: file.path, isCopied: request.dryRun },
    older: older === undefined ? undefined : await withoutNames(app, older, about.names),
  }
  return planImageKeep(`keep image '${about.names.join("', '")}'`, change, recordFiles(app), app.facts)
}

/** Takes a name away; with the last one, the bytes. */
export function deleteImage(
  app: App,
  word: string,
  request: ChangeRequest,
): Promise<Changed<'deleted' | 'renamed'>> {
  return app.queue.run(IMAGE_QUEUE, async () => {
    const record = getImage(app, word)
    const others = record.names.filter((name) => name !== word)
    const title = `delete image '${word}'`
    const before = (await readRecord(app, record.digest)) ?? app.imageRecords.format(record)
    const isByName = record.names.includes(word)
    if (isByName && others.length > 0) {
      const rename = planImageRename(title, { ...record, names: others }, before, recordFiles(app))
      const notes = [`its bytes stay: they are ${others.join(', ')}, too`]
      const changed = await carryOut(app, request, rename, 'renamed', notes)
      if (!request.dryRun) await app.imageRecords.refresh(record.digest)
      return changed
    }
    await refuseUsed(app, record, word)
    const plan = planImageDelete(title, record, before, recordFiles(app), app.facts)
    const changed = await carryOut(app, request, plan, 'deleted')
    if (request.dryRun) return changed
    await app.imageRecords.refresh(record.digest)
    app.events.emit({ kind: 'image', name: word, what: 'deleted' })
    return changed
  })
}

async function refuseUsed(app: App, { digest }: ImageRecord, word: string): Promise<void> {
  const users = (await listImages(app)).find(({ record }) => record.digest === digest)?.users ?? []
  const [first] = users
  if (first === undefined) return
  const more = users.length > 1 ? `, ${users.slice(1).join(', ')}` : ''
  throw new WeftError('in-use', `image '${word}' is what ${first}${more} began with, and still reads`, {
    hint: first.startsWith('machine ')
      ? `weft vm delete ${first.slice(8)}`
      : `weft ${first.replace(' ', ' delete ')}`,
  })
}

/** What QEMU would follow to other files of this host, or could not read, is no image. */
async function refuseContent(
  app: App,
  { path, content }: HereFile,
): Promise<{ size: number; format: 'qcow2' | 'raw' }> {
  const refuse = (message: string, hint: string): WeftError =>
    new WeftError('invalid-argument', message, { hint })
  if (content === 'compressed')
    throw refuse('the file is compressed', 'unpack it first: xz -dk, gzip -dk or zstd -dk')
  if (content === 'text')
    throw refuse('the file is text, and no image', 'look at it: it may be the page of an error')
  const facts = await app.images.inspect(path)
  if (facts === undefined) throw new WeftError('not-found', `there is no file '${path}'`)
  if (facts.backing !== undefined || facts.hasDataFile)
    throw refuse(
      `the image is not whole: it goes on in ${facts.backing === undefined ? 'another file' : `'${facts.backing}'`}`,
      'make a whole one: qemu-img convert -O qcow2 FILE WHOLE.qcow2',
    )
  if (facts.size < 512) throw refuse('the file is empty', 'give a disk image or an ISO')
  return facts
}

async function withoutNames(
  app: App,
  record: ImageRecord,
  taken: readonly string[],
): Promise<{ record: ImageRecord; before: string }> {
  const before = (await readRecord(app, record.digest)) ?? app.imageRecords.format(record)
  return { record: { ...record, names: record.names.filter((name) => !taken.includes(name)) }, before }
}

const recordFiles = (app: App): RecordFiles => ({
  file: (digest) => app.imageRecords.file(digest),
  format: (record) => app.imageRecords.format(record),
})

const readRecord = (app: App, digest: string): Promise<string | undefined> =>
  app.host.readTextFile(app.imageRecords.file(digest))

async function refreshAll(app: App, plan: Plan): Promise<void> {
  for (const { do: action } of plan.steps) {
    const digest = action.kind === 'write' ? /([0-9a-f]{64})\.json$/.exec(action.path)?.[1] : undefined
    if (digest !== undefined) await app.imageRecords.refresh(digest)
  }
}

function refuseName(name: string): void {
  const hint = 'letters, digits, dots, dashes, plus and underscores, at most 63: --name debian-12'
  const problem: Problem = { path: 'name', message: `'${name}' cannot be an image's name`, hint }
  if (!isImageName(name)) throw invalidDefinition(`image '${name}'`, [problem])
}

/** A name that is pulled again moves to the newer image; one that is imported is not taken from another. */
function refuseTaken(about: ImageAbout, older: ImageRecord | undefined): void {
  if (older === undefined) return
  const name = about.names.find((each) => older.names.includes(each)) ?? ''
  throw new WeftError('already-exists', `there is another image named '${name}'`, {
    hint: `choose another: --name NAME; or weft image delete ${name}`,
  })
}

export function readChecksum(text: string): Checksum {
  const checksum = parseChecksum(text)
  if (checksum !== undefined) return checksum
  throw new WeftError('invalid-argument', `'${text}' is no checksum`, {
    hint: 'sha256: and 64 digits, or sha512: and 128 (0 to 9, a to f)',
  })
}

/** `/srv/debian-12.qcow2` → debian-12. */
const nameOfFile = (path: string): string =>
  path.slice(path.lastIndexOf('/') + 1).replace(/\.(qcow2|img|raw|iso)$/i, '')
