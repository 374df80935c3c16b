/** Keeping and deleting an image. Its bytes have come and were checked before there was a plan: fetching takes long. */
import type { HostFacts } from '../host/facts.ts'
import { cannotUndo, lastingPlan, type Plan, type Step } from '../plan/plan.ts'
import { imagePath, type ImageRecord } from './image.ts'

export interface ImageChange {
  readonly record: ImageRecord
  /** What its record says now, when it is here under another name already. */
  readonly before: string | undefined
  /** The file with the bytes, when they are not here yet; a copy is what is shown of a plan before anything was copied. */
  readonly part: { readonly path: string; readonly isCopied: boolean } | undefined
  /** The record of the image that has had the name, without it. */
  readonly older: { readonly record: ImageRecord; readonly before: string } | undefined
}

/** Where the record of a digest is kept, and what it looks like there. */
export interface RecordFiles {
  readonly file: (digest: string) => string
  readonly format: (record: ImageRecord) => string
}

const RECORD_MODE = 0o600

export function planImageKeep(
  title: string,
  change: ImageChange,
  files: RecordFiles,
  facts: HostFacts,
): Plan {
  const { record, part, before, older } = change
  const path = imagePath(facts.paths, record.digest)
  return lastingPlan(title, [
    ...(part === undefined ? [] : [part.isCopied ? copyStep(part.path, path) : moveStep(part.path, path)]),
    ...recordSteps('the image is known by its name', record, before, files),
    ...(older === undefined
      ? []
      : recordSteps('the older image has lost that name', older.record, older.before, files)),
  ])
}

export function planImageDelete(
  title: string,
  { digest }: ImageRecord,
  before: string,
  files: RecordFiles,
  facts: HostFacts,
): Plan {
  const file = files.file(digest)
  const plan = lastingPlan(title, [
    {
      reason: 'nothing new begins with the image',
      do: { kind: 'remove', path: file },
      undo: { kind: 'write', path: file, content: before, mode: RECORD_MODE },
    },
    {
      reason: 'the bytes of the image are given up',
      do: { kind: 'remove', path: imagePath(facts.paths, digest) },
      undo: cannotUndo('a deleted image has to be fetched again'),
    },
  ])
  // Whether its bytes have gone already, a weftd that comes after a crash does not know: an image that nobody has any more is no image.
  return { ...plan, pointOfNoReturn: 1 }
}

/** The image is here under other names. */
export function planImageRename(
  title: string,
  record: ImageRecord,
  before: string,
  files: RecordFiles,
): Plan {
  return lastingPlan(title, recordSteps('the image is no longer known by that name', record, before, files))
}

/** On one filesystem: it is there whole, or not at all. */
function moveStep(part: string, path: string): Step {
  return {
    reason: 'the bytes, which were checked, are kept under their digest',
    do: { kind: 'run', argv: ['mv', '-T', '--', part, path] },
    undo: { kind: 'run', argv: ['mv', '-T', '--', path, part], accept: [1] },
  }
}

function copyStep(source: string, path: string): Step {
  return {
    reason: 'the bytes are kept under their digest',
    do: { kind: 'run', argv: ['cp', '--reflink=auto', '--sparse=always', '--', source, path] },
    undo: { kind: 'remove', path },
  }
}

function recordSteps(
  reason: string,
  record: ImageRecord,
  before: string | undefined,
  files: RecordFiles,
): Step[] {
  const path = files.file(record.digest)
  const content = files.format(record)
  if (content === before) return []
  return [
    {
      reason,
      do: { kind: 'write', path, content, mode: RECORD_MODE },
      undo:
        before === undefined
          ? { kind: 'remove', path }
          : { kind: 'write', path, content: before, mode: RECORD_MODE },
    },
  ]
}
