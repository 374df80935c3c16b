/** A machine's memory in a file: how the file is made, opened in QEMU for the moment, filled and read. */
import { confinedArgv } from '../host/confinement.ts'
import type { HostFacts } from '../host/facts.ts'
import { run, type Action, type QmpAction, type QmpJob } from '../plan/action.ts'
import { noUndo, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'

/** The node of the file in QEMU, the one snapshot in it, and the job that fills or reads it. */
export const MEMORY = 'weft-memory'
/** An image of no size: memory is kept behind its end. Large clusters are allocated less often. */
const IMAGE_OPTIONS = ['-o', 'cluster_size=2M'] as const
const IMAGE_SIZE = '1M'
/** As much memory as a machine may have, on as slow a disk as there is. */
export const JOB_LIMIT_MS = 6 * 3600_000

export interface MemoryJob {
  readonly command: 'snapshot-save' | 'snapshot-load'
  /** Of the snapshot. */
  readonly tag: string
  /** Nodes of disks that are kept at the same instant. */
  readonly disks: readonly string[]
}

/** The file is made first, empty and private, so that qemu-img and QEMU can fill it as QEMU's own user. */
export function memoryFileSteps(name: string, path: string, facts: HostFacts): Step[] {
  const { owner } = facts.qemuUser
  const words = ['create', '-q', '-f', 'qcow2', ...IMAGE_OPTIONS, path, IMAGE_SIZE]
  return [
    {
      reason: `a file for the memory of ${name}, which nobody but QEMU's user may read`,
      do: { kind: 'write', path, content: '', mode: 0o600, owner },
      undo: { kind: 'remove', path },
    },
    {
      reason: 'QEMU keeps memory in a snapshot of an image; this one has nothing else in it',
      do: run(...confinedArgv(facts, ['qemu-img', ...words])),
      undo: noUndo('removing the file takes its content along'),
    },
  ]
}

/** `hasUring`: QEMU may use io_uring, with which memory is read in small pieces three to six times as fast as with threads. */
export function openStep(name: string, path: string, facts: HostFacts, hasUring = false): Step {
  const qmp = tellVia(facts, name)
  const file = { driver: 'file', filename: path, ...(hasUring ? { aio: 'io_uring' } : {}) }
  return {
    reason: `the QEMU of ${name} opens the file`,
    do: qmp('blockdev-add', { driver: 'qcow2', 'node-name': MEMORY, file }),
    undo: { ...qmp('blockdev-del', { 'node-name': MEMORY }), mayBeMissing: true },
  }
}

export function closeStep(name: string, facts: HostFacts): Step {
  return {
    reason: 'the file is closed again',
    do: tellVia(facts, name)('blockdev-del', { 'node-name': MEMORY }),
    undo: noUndo('a closed file needs no closing'),
  }
}

/** QEMU itself ends the job; a weftd that comes back waits until it has, and then takes snapshots away that may have come of it. */
export function jobStep(
  name: string,
  { command, tag, disks }: MemoryJob,
  facts: HostFacts,
): Pick<Step, 'do' | 'undo'> {
  const args = { 'job-id': MEMORY, tag, vmstate: MEMORY, devices: [MEMORY, ...disks] }
  const job = memoryJob(name, facts)
  const wait = { ...tellVia(facts, name)('query-jobs'), job }
  return {
    do: { ...tellVia(facts, name)(command, args), job },
    undo: disks.length === 0 ? wait : deleteJob(name, tag, disks, facts),
  }
}

/** Harmless for disks that have no such snapshot. */
export function deleteJob(name: string, tag: string, disks: readonly string[], facts: HostFacts): Action {
  const args = { 'job-id': MEMORY, tag, devices: disks }
  return { ...tellVia(facts, name)('snapshot-delete', args), job: memoryJob(name, facts) }
}

const memoryJob = (name: string, { paths }: HostFacts): QmpJob => ({
  id: MEMORY,
  log: vmFiles(paths, name).log,
  waitMs: JOB_LIMIT_MS,
})

export function syncStep(files: readonly string[]): Step {
  return {
    reason: 'all of that is on the disk of this host',
    do: { ...run('sync', '--', ...files), timeoutMs: JOB_LIMIT_MS },
    undo: noUndo('what is on the disk may stay there'),
  }
}

export const tellVia =
  (facts: HostFacts, name: string) =>
  (command: string, args?: QmpAction['arguments']): QmpAction => ({
    kind: 'qmp',
    socket: vmFiles(facts.paths, name).qmp,
    command,
    ...(args === undefined ? {} : { arguments: args }),
  })
