/** The key of an encrypted disk where QEMU's user reads it, for a moment. */
import { noUndo, type Step } from '../plan/plan.ts'
import type { HostFacts } from './facts.ts'
import { diskKeyFile } from './paths.ts'

export interface Keyed {
  readonly name: string
  /** Of the disk. */
  readonly path: string
}

export function lendKeyStep({ name, path }: Keyed, lent: string, facts: HostFacts): Step {
  const { uid, gid } = facts.qemuUser.owner
  const owner = ['-o', String(uid), '-g', String(gid)]
  return {
    reason: `QEMU's user may read the key of ${name} for a moment`,
    do: { kind: 'run', argv: ['install', '-m', '0400', ...owner, diskKeyFile(facts.paths, path), lent] },
    undo: { kind: 'remove', path: lent },
  }
}

export function takeKeyBackStep(name: string, lent: string): Step {
  return {
    reason: `nobody but QEMU's memory has the key of ${name} any more`,
    do: { kind: 'remove', path: lent },
    undo: noUndo('what needs the key has it'),
  }
}
