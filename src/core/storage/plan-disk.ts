/** Making, resizing and deleting disks of the pool with qemu-img. */
import type { HostFacts } from '../host/facts.ts'
import { confinedArgv } from '../host/confinement.ts'
import { lastingPlan, cannotUndo, noUndo, type Plan, type Step } from '../plan/plan.ts'
import type { RunAction } from '../plan/action.ts'
import type { DiskFormat, DiskSpec } from './disk.ts'
import { CRYPT_OPTIONS, MEASURE_AGAIN, dropKeyStep, keyObject, makeKeySteps, withKey } from './disk-key.ts'
import { poolStep } from './plan-pool.ts'
import type { PoolSpec } from './pool.ts'

/** A disk that is there. */
export interface SeenDisk {
  readonly name: string
  readonly path: string
  readonly format: DiskFormat
  readonly size: number
  readonly isEncrypted?: true
}

/** Copying takes as long as the disks of this host need. */
export const LONG_MS = 24 * 3600_000

/** The file is made first, empty and private, so that qemu-img can fill it as QEMU's own user. `key`: the file in which one has come. */
export function planDiskCreate(wanted: DiskSpec, pool: PoolSpec, facts: HostFacts, key?: string): Plan {
  const fill = (lent?: string): Step => ({
    reason:
      wanted.backing === undefined
        ? `${wanted.name} is an empty ${wanted.format} image`
        : `${wanted.name} begins as its backing file, and keeps what changes`,
    do: {
      kind: 'run',
      argv: confinedArgv(facts, createArgv(wanted, lent)),
      ...(lent === undefined ? {} : { again: MEASURE_AGAIN }),
    },
    undo: noUndo('removing the file takes its content along'),
  })
  const filling =
    wanted.isEncrypted === true
      ? [...makeKeySteps(wanted, key, facts), ...withKey(wanted, facts, (lent) => [fill(lent)])]
      : [fill()]
  const file = [poolStep(pool), emptyFileStep(wanted.name, wanted.path, facts)]
  return lastingPlan(`create disk '${wanted.name}'`, [...file, ...filling])
}

export function planDiskResize(disk: SeenDisk, size: number, facts: HostFacts): Plan {
  const title = `resize disk '${disk.name}'`
  if (size === disk.size) return lastingPlan(title, [])
  const isShrinking = size < disk.size
  const run = (to: number, from: number, lent?: string): RunAction => ({
    kind: 'run',
    argv: confinedArgv(facts, resizeArgv(disk, to, { from, lent })),
  })
  const step = (lent?: string): Step => ({
    reason: `${disk.name} ${isShrinking ? 'loses its end' : 'has room for more'}`,
    do: run(size, disk.size, lent),
    undo: isShrinking
      ? cannotUndo('what was cut off is gone')
      : disk.isEncrypted === true
        ? cannotUndo('it may have been written to: weft disk resize --shrink makes it smaller')
        : run(disk.size, size, lent),
  })
  return lastingPlan(
    title,
    disk.isEncrypted === true ? withKey(disk, facts, (lent) => [step(lent)]) : [step()],
  )
}

export function planDiskDelete(
  disk: Pick<SeenDisk, 'name' | 'path' | 'isEncrypted'>,
  facts: HostFacts,
): Plan {
  const plan = lastingPlan(`delete disk '${disk.name}'`, [
    {
      reason: `the content of ${disk.name} is given up`,
      do: { kind: 'remove', path: disk.path },
      undo: cannotUndo('a deleted disk cannot be brought back'),
    },
    ...(disk.isEncrypted === true ? [dropKeyStep(disk, facts)] : []),
  ])
  return disk.isEncrypted === true ? { ...plan, pointOfNoReturn: 1 } : plan
}

/** What fills the file of a new disk, as QEMU's user. */
export interface Filling {
  readonly reason: string
  readonly argv: readonly [string, ...string[]]
}

/** Under another name until it is whole and on the disk: nobody ever sees half of it. */
export function planDiskFill(
  title: string,
  wanted: Pick<DiskSpec, 'name' | 'path'>,
  filling: (path: string) => Filling,
  around: { readonly pool: PoolSpec; readonly facts: HostFacts },
): Plan {
  const fresh = freshPath(wanted.path)
  const { reason, argv } = filling(fresh)
  return lastingPlan(title, [
    poolStep(around.pool),
    emptyFileStep(wanted.name, fresh, around.facts),
    {
      reason,
      do: { kind: 'run', argv: confinedArgv(around.facts, argv), timeoutMs: LONG_MS },
      undo: noUndo('removing the file takes its content along'),
    },
    ...nameSteps(wanted),
  ])
}

export const freshPath = (path: string): string => `${path}.new`

/** What came is kept before it gets its name. */
export function nameSteps({ name, path }: Pick<DiskSpec, 'name' | 'path'>): Step[] {
  const fresh = freshPath(path)
  return [
    {
      reason: `what is in ${name} would survive a power cut`,
      do: { kind: 'run', argv: ['sync', fresh], timeoutMs: LONG_MS },
      undo: noUndo('there is nothing to take back'),
    },
    {
      reason: `${name} is whole and gets its name`,
      do: { kind: 'run', argv: ['mv', '-T', fresh, path] },
      undo: { kind: 'remove', path },
    },
  ]
}

/** The same format is copied as it is, its blocks shared where the filesystem can; another one is written anew, and begins with nothing. */
export function cloneFilling(from: SeenDisk, name: string, format: DiskFormat): (path: string) => Filling {
  return (path) =>
    from.format === format
      ? {
          reason: `${name} has what is in ${from.name}, sharing blocks where the filesystem can`,
          argv: ['cp', '--reflink=auto', '--sparse=always', from.path, path],
        }
      : convertFilling(from.path, from.format, { name, format })(path)
}

/** `from` is any format qemu-img reads. */
export function convertFilling(
  source: string,
  from: string,
  { name, format }: { readonly name: string; readonly format: DiskFormat },
): (path: string) => Filling {
  return (path) => ({
    reason: `${name} has what is in ${source}, as ${format}`,
    argv: ['qemu-img', 'convert', '-q', '-f', from, '-O', format, source, path],
  })
}

export function planDiskRepair(disk: SeenDisk, facts: HostFacts): Plan {
  const argv = confinedArgv(facts, ['qemu-img', 'check', '-q', '-f', disk.format, '-r', 'all', disk.path])
  return lastingPlan(`repair disk '${disk.name}'`, [
    {
      reason: `what the tables of ${disk.name} say of its clusters is true again`,
      // 2 and 3: what could not be repaired; the caller looks again.
      do: { kind: 'run', argv, accept: [2, 3], timeoutMs: LONG_MS },
      undo: cannotUndo('what was wrong before is not kept'),
    },
  ])
}

/** Overwritten, then empty again: as large as before, with no snapshots and nothing to begin with. */
export function planDiskWipe(disk: SeenDisk, facts: HostFacts): Plan {
  const confined = (argv: readonly string[]): Step['do'] => ({
    kind: 'run',
    argv: confinedArgv(facts, argv),
    timeoutMs: LONG_MS,
  })
  const undo = cannotUndo('what was overwritten is gone')
  return lastingPlan(`wipe disk '${disk.name}'`, [
    {
      reason: `every block that ${disk.name} has on this host is overwritten`,
      do: confined(['shred', '-n', '1', disk.path]),
      undo,
    },
    {
      reason: `${disk.name} uses none of them any more`,
      do: confined(['truncate', '-s', '0', disk.path]),
      undo,
    },
    { reason: `${disk.name} is an empty ${disk.format} image again`, do: confined(createArgv(disk)), undo },
  ])
}

type Image = Pick<SeenDisk, 'path' | 'format'>

/** What is below is written, which nobody sees as long as the disk is named; when it is not named any more, it goes. */
export function planDiskCommit(disk: Image, base: Image, facts: HostFacts): { commit: Plan; remove: Plan } {
  const argv = ['qemu-img', 'commit', '-q', '-d', '-f', disk.format, disk.path]
  return {
    commit: lastingPlan(`commit '${disk.path}' to '${base.path}'`, [
      {
        reason: 'what the disk has of its own goes into what it begins with',
        do: { kind: 'run', argv: confinedArgv(facts, argv), timeoutMs: LONG_MS },
        undo: noUndo('the disk still has it too'),
      },
    ]),
    remove: lastingPlan(`tidy up after: commit '${disk.path}' to '${base.path}'`, [
      {
        reason: `'${disk.path}' goes: what it had is in what it began with`,
        do: { kind: 'remove', path: disk.path },
        undo: cannotUndo('nothing else has been kept of it'),
      },
    ]),
  }
}

/** Where it is cut off the disk still begins with the other: nothing is lost. */
export function planDiskPull(disk: Image, base: Image, facts: HostFacts): Plan {
  const argv = ['qemu-img', 'rebase', '-q', '-f', disk.format, '-b', '', disk.path]
  return lastingPlan(`pull what is below '${disk.path}' into it`, [
    {
      reason: `what is in '${base.path}' goes into the disk, which begins with it no longer`,
      do: { kind: 'run', argv: confinedArgv(facts, argv), timeoutMs: LONG_MS },
      undo: cannotUndo('what was its own is not told apart from what was not'),
    },
  ])
}

export function emptyFileStep(name: string, path: string, { qemuUser: { owner } }: HostFacts): Step {
  return {
    reason: `the file of ${name} belongs to QEMU's user and to nobody else`,
    do: { kind: 'write', path, content: '', mode: 0o600, owner },
    undo: { kind: 'remove', path },
  }
}

/** `lent`: where the key lies. */
function createArgv(wanted: Omit<DiskSpec, 'name'>, lent?: string): string[] {
  const backing = wanted.backing === undefined ? [] : ['-b', wanted.backing.path, '-F', wanted.backing.format]
  const size = wanted.size === undefined ? [] : [String(wanted.size)]
  const unread = wanted.isBackingBusy === true ? ['-u'] : []
  const words = [...unread, '-f', wanted.format, ...backing]
  const key = lent === undefined ? [] : keyObject(lent)
  const options = [
    ...(lent === undefined ? [] : [CRYPT_OPTIONS]),
    ...(wanted.preallocation === undefined ? [] : [`preallocation=${wanted.preallocation}`]),
  ].flatMap((option) => ['-o', option])
  return ['qemu-img', 'create', '-q', ...key, ...words, ...options, wanted.path, ...size]
}

/** A comma separates options; two of them are one. */
const escapeCommas = (text: string): string => text.replaceAll(',', ',,')

function resizeArgv(
  disk: SeenDisk,
  to: number,
  { from, lent }: { readonly from: number; readonly lent: string | undefined },
): string[] {
  const shrink = to < from ? ['--shrink'] : []
  if (lent !== undefined) {
    const options = `driver=${disk.format},encrypt.format=luks,encrypt.key-secret=key,file.filename=${escapeCommas(disk.path)}`
    return ['qemu-img', 'resize', '-q', ...keyObject(lent), '--image-opts', ...shrink, options, String(to)]
  }
  return ['qemu-img', 'resize', '-q', '-f', disk.format, ...shrink, disk.path, String(to)]
}
