/** What a machine's firmware remembers goes by the machine's name: copied for a clone, moved with the machine. */
import type { HostFacts } from '../host/facts.ts'
import { nvramFile } from '../host/paths.ts'
import { run } from '../plan/action.ts'
import type { Step } from '../plan/plan.ts'

/** Boot entries lead to disks by their partitions' ids, which a copy has too. */
export function copyNvramSteps(from: string, to: string, { paths, qemuUser }: HostFacts): Step[] {
  const owner = ['-o', String(qemuUser.owner.uid), '-g', String(qemuUser.owner.gid)] as const
  const copy = nvramFile(paths, to)
  return [
    {
      reason: `the firmware of ${to} remembers what that of ${from} does`,
      do: run('install', '-m', '0600', ...owner, '--', nvramFile(paths, from), copy),
      undo: { kind: 'remove', path: copy },
    },
  ]
}

export function renameNvramSteps(from: string, to: string, { paths }: HostFacts): Step[] {
  const [before, after] = [nvramFile(paths, from), nvramFile(paths, to)]
  return [
    {
      reason: `what the firmware of ${from} remembers is that of ${to} now`,
      do: run('mv', '-T', before, after),
      undo: run('mv', '-T', after, before),
    },
  ]
}
