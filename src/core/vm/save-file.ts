/** A machine's memory in a file of the user's: what is in one, how weft's own becomes one, and back. */
import { WeftError } from '../errors.ts'
import type { HostFacts } from '../host/facts.ts'
import { saveDirectory } from '../host/paths.ts'
import { run } from '../plan/action.ts'
import { noUndo, type Plan, type Step } from '../plan/plan.ts'
import { JOB_LIMIT_MS, syncStep } from './memory-file.ts'
import { parseStamps, saveFiles, type DiskStamp, type SavedVm } from './saved.ts'
import type { VmSpec } from './spec.ts'

/**
 * One file: the image with the memory (qcow2), then what the disks were like, then this record as JSON, then a line of `FOOTER_BYTES` with
 * the length of each. QEMU looks at the image alone, and whoever looks at the end knows all but the memory.
 */
export interface SaveFile {
  readonly saved: SavedVm
  /** As it was defined, secrets included: the memory has them as well. */
  readonly definition: VmSpec
  readonly stamps: readonly DiskStamp[]
  readonly lengths: SaveLengths
}

export interface SaveLengths {
  readonly memory: number
  readonly disks: number
  readonly record: number
}

export type SaveRecord = Pick<SaveFile, 'saved' | 'definition'>

const FOOTER = /^weft-save 1 (\d{20}) (\d{12}) (\d{12})\n$/
export const FOOTER_BYTES = 59

/** undefined: the end of no such file. */
export function parseFooter(text: string): SaveLengths | undefined {
  const [, memory, disks, record] = FOOTER.exec(text) ?? []
  return record === undefined
    ? undefined
    : { memory: Number(memory), disks: Number(disks), record: Number(record) }
}

/** `text`: what stands between the memory and the last line. Throws where it is none; the caller checks what is in the record. */
export function parseSaveFile(text: string, lengths: SaveLengths): SaveFile {
  // Paths may have letters of several bytes, so the record is found from its own first line.
  const begin = text.indexOf('\n{\n') + 1
  const at = text.startsWith('{\n') ? 0 : begin
  const { saved, definition } = JSON.parse(text.slice(at)) as SaveRecord
  return { saved, definition, stamps: parseStamps(text.slice(0, at)), lengths }
}

/** `$1`: the file to make; memory, stamps and record follow. All of them are this plan's own. */
const PACK_SCRIPT = `set -e; umask 077
memory=$(stat -c %s -- "$2"); disks=$(stat -c %s -- "$3"); record=$(stat -c %s -- "$4")
mv -T -- "$2" "$1"; chown 0:0 -- "$1"
cat -- "$3" "$4" >>"$1"
printf 'weft-save 1 %020d %012d %012d\\n' "$memory" "$disks" "$record" >>"$1"`

/** `$1`: the file to make of `$2`, up to `$3` bytes, with the record `$5` behind `$4` bytes of stamps. */
const REWRITE_SCRIPT = `set -e; umask 077
cp -T --reflink=auto -- "$2" "$1"; chown 0:0 -- "$1"
truncate -s "$(($3 + $4))" -- "$1"
record=$(stat -c %s -- "$5"); cat -- "$5" >>"$1"
printf 'weft-save 1 %020d %012d %012d\\n' "$3" "$4" "$record" >>"$1"`

const part = (path: string): string => `${path}.part`

/**
 * From the plan of a save: instead of being noted as saved, the machine is in the file when its last step before the end is done. A file
 * that was there is replaced in one go.
 */
export function planSaveToFile(record: SaveRecord, to: string, save: Plan, facts: HostFacts): Plan {
  const { name } = record.saved
  const own = saveFiles(facts.paths, name)
  const note = recordFile(facts, name)
  const lasts = (save.pointOfNoReturn ?? save.steps.length) - 1
  const steps: Step[] = [
    ...save.steps.slice(0, lasts),
    recordStep(record, note),
    {
      reason: `the memory of ${name} and what belongs to it are one file, which nobody but root may read`,
      do: {
        ...run('sh', '-c', PACK_SCRIPT, 'pack', part(to), own.memory, own.disks, note),
        timeoutMs: JOB_LIMIT_MS,
      },
      undo: { kind: 'remove', path: part(to) },
    },
    syncStep([part(to)]),
    {
      reason: `from here on ${name} is saved in '${to}'`,
      do: run('mv', '-T', '--', part(to), to),
      // What is restored from a file that did not count after all is refused for its disks.
      undo: noUndo('a machine that has gone on does not come back from it'),
    },
  ]
  const brought = save.steps.slice(lasts + 1).map((step) =>
    step.undo.kind === 'none' && step.undo.isLoss === true
      ? {
          ...step,
          undo: { ...step.undo, because: `it has been saved: weft vm restore ${to} brings it back` },
        }
      : step,
  )
  const tidy = [own.disks, note].map((path) => ({
    reason: 'it is in the file as well',
    do: { kind: 'remove' as const, path },
    undo: noUndo('nobody reads it'),
  }))
  return {
    ...save,
    title: `save machine '${name}' to '${to}'`,
    steps: [...steps, ...brought, ...tidy],
    pointOfNoReturn: steps.length,
  }
}

/** The same file with another record. */
export function rewriteSteps(
  path: string,
  { lengths }: SaveFile,
  record: SaveRecord,
  facts: HostFacts,
): Step[] {
  const note = recordFile(facts, record.saved.name)
  const sizes = [String(lengths.memory), String(lengths.disks)]
  return [
    recordStep(record, note),
    {
      reason: 'a copy of the file says it',
      do: {
        ...run('sh', '-c', REWRITE_SCRIPT, 'rewrite', part(path), path, ...sizes, note),
        timeoutMs: JOB_LIMIT_MS,
      },
      undo: { kind: 'remove', path: part(path) },
    },
    syncStep([part(path)]),
    { reason: 'it is no longer needed', do: { kind: 'remove', path: note }, undo: noUndo('nobody reads it') },
    {
      reason: 'the copy takes the place of the file',
      do: run('mv', '-T', '--', part(path), path),
      undo: noUndo('it is the last step'),
    },
  ]
}

/** Weft's own save of the file, as a restore wants it; the file stays as it is. */
export function unpackSteps(path: string, file: SaveFile, facts: HostFacts): Step[] {
  const { name } = file.saved
  const { memory } = saveFiles(facts.paths, name)
  return [
    {
      reason: `a file for the memory of ${name}, which nobody but QEMU's user may read`,
      do: { kind: 'write', path: memory, content: '', mode: 0o600, owner: facts.qemuUser.owner },
      undo: { kind: 'remove', path: memory },
    },
    {
      reason: `it has the memory that is in '${path}'`,
      do: {
        ...run('sh', '-c', 'head -c "$3" -- "$1" >"$2"', 'unpack', path, memory, String(file.lengths.memory)),
        timeoutMs: JOB_LIMIT_MS,
      },
      undo: noUndo('removing the file takes its content along'),
    },
  ]
}

const recordFile = ({ paths }: HostFacts, name: string): string => `${saveDirectory(paths)}/${name}.record`

function recordStep(record: SaveRecord, path: string): Step {
  return {
    reason: 'what the machine is goes with its memory',
    do: {
      kind: 'write',
      path,
      content: `${JSON.stringify(record, undefined, 2)}\n`,
      mode: 0o600,
      isSecret: true,
    },
    undo: { kind: 'remove', path },
  }
}

export function notASave(path: string): WeftError {
  return new WeftError('invalid-argument', `'${path}' is no saved machine of weft's`, {
    hint: 'weft vm save VM --to FILE makes one',
  })
}
