/** What a machine's firmware remembers goes by the machine's name, and moves with it. */
import type { HostFacts } from '../host/facts.ts'
import { nvramFile } from '../host/paths.ts'
import { run } from '../plan/action.ts'
import type { Step } from '../plan/plan.ts'

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
