/** Making, resizing and deleting disks of the pool with qemu-img. */
import type { HostFacts } from '../host/facts.ts'
import { poolDirectory } from '../host/paths.ts'
import { confinedArgv } from '../host/confinement.ts'
import { lastingPlan, cannotUndo, noUndo, type Plan, type Step } from '../plan/plan.ts'
import type { DiskFormat, DiskSpec } from './disk.ts'

/** A disk that is there. */
export interface SeenDisk {
  readonly name: string
  readonly path: string
  readonly format: DiskFormat
  readonly size: number
}

/** The file is made first, empty and private, so that qemu-img can fill it as QEMU's own user. */
export function planDiskCreate(wanted: DiskSpec, facts: HostFacts): Plan {
  const owner = facts.qemuUser.owner
  return lastingPlan(`create disk '${wanted.name}'`, [
    poolStep(facts),
    {
      reason: `the file of ${wanted.name} belongs to QEMU's user and to nobody else`,
      do: { kind: 'write', path: wanted.path, content: '', mode: 0o600, owner },
      undo: { kind: 'remove', path: wanted.path },
    },
    {
      reason:
        wanted.backing === undefined
          ? `${wanted.name} is an empty ${wanted.format} image`
          : `${wanted.name} begins as its backing file, and keeps what changes`,
      do: { kind: 'run', argv: confinedArgv(facts, createArgv(wanted)) },
      undo: noUndo('removing the file takes its content along'),
    },
  ])
}

export function planDiskResize(disk: SeenDisk, size: number, facts: HostFacts): Plan {
  const title = `resize disk '${disk.name}'`
  if (size === disk.size) return lastingPlan(title, [])
  const back = { kind: 'run', argv: confinedArgv(facts, resizeArgv(disk, disk.size, size)) } as const
  const isShrinking = size < disk.size
  return lastingPlan(title, [
    {
      reason: `${disk.name} ${isShrinking ? 'loses its end' : 'has room for more'}`,
      do: { kind: 'run', argv: confinedArgv(facts, resizeArgv(disk, size, disk.size)) },
      undo: isShrinking ? cannotUndo('what was cut off is gone') : back,
    },
  ])
}

export function planDiskDelete(disk: Pick<SeenDisk, 'name' | 'path'>): Plan {
  return lastingPlan(`delete disk '${disk.name}'`, [
    {
      reason: `the content of ${disk.name} is given up`,
      do: { kind: 'remove', path: disk.path },
      undo: cannotUndo('a deleted disk cannot be brought back'),
    },
  ])
}

/** Others may pass through, not look around: a disk's name is nobody's business. */
function poolStep(facts: HostFacts): Step {
  return {
    reason: 'the pool has its directory',
    do: { kind: 'mkdir', path: poolDirectory(facts.paths), mode: 0o711 },
    undo: noUndo('an empty pool is as good as none'),
  }
}

function createArgv(wanted: DiskSpec): string[] {
  const backing = wanted.backing === undefined ? [] : ['-b', wanted.backing.path, '-F', wanted.backing.format]
  const size = wanted.size === undefined ? [] : [String(wanted.size)]
  return ['qemu-img', 'create', '-q', '-f', wanted.format, ...backing, wanted.path, ...size]
}

function resizeArgv(disk: SeenDisk, to: number, from: number): string[] {
  const shrink = to < from ? ['--shrink'] : []
  return ['qemu-img', 'resize', '-q', '-f', disk.format, ...shrink, disk.path, String(to)]
}
