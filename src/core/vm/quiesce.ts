/** Disks as their guest would leave them: its agent lets the file systems hold still while something happens to the disks. */
import type { HostFacts } from '../host/facts.ts'
import type { AgentAction } from '../plan/action.ts'
import { disrupts } from '../plan/disruption.ts'
import { noUndo, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'

/** The guest writes out what it has in memory first. */
const LIMIT_MS = 60_000

/** The steps in between come to a guest that holds still. Whatever fails, and whoever dies: what is taken back lets it go on. */
export function quiesced(vm: string, facts: HostFacts, steps: readonly Step[]): Step[] {
  const ask = (command: string): AgentAction => ({
    kind: 'agent',
    socket: vmFiles(facts.paths, vm).agent,
    command,
    waitMs: LIMIT_MS,
  })
  return [
    {
      reason: `the file systems in ${vm} are written out, and hold still`,
      do: ask('guest-fsfreeze-freeze'),
      undo: ask('guest-fsfreeze-thaw'),
      ...disrupts('blip', [vm]),
    },
    ...steps,
    {
      reason: `programs in ${vm} write again`,
      do: ask('guest-fsfreeze-thaw'),
      undo: noUndo('they hold still only for what comes in between'),
    },
  ]
}
