/** The CD in a drive of a machine that runs is changed, or taken out. */
import type { HostFacts } from '../host/facts.ts'
import type { QmpAction } from '../plan/action.ts'
import type { Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'

/** A guest that has mounted the CD keeps the tray shut; whoever asks for another one means it. */
export function changeCdStep(
  name: string,
  drive: number,
  [before, after]: readonly [string | undefined, string | undefined],
  facts: HostFacts,
): Step {
  const put = (path: string | undefined): QmpAction => ({
    kind: 'qmp',
    socket: vmFiles(facts.paths, name).qmp,
    ...(path === undefined ? eject(drive) : insert(drive, path)),
  })
  return {
    reason:
      after === undefined ? `the CD drive of ${name} is empty` : `${name} finds '${after}' in its CD drive`,
    do: put(after),
    undo: put(before),
  }
}

type Told = Pick<QmpAction, 'command' | 'arguments'>

const eject = (drive: number): Told => ({
  command: 'eject',
  arguments: { id: `cd${String(drive)}`, force: true },
})

function insert(drive: number, filename: string): Told {
  const medium = { id: `cd${String(drive)}`, filename, format: 'raw', 'read-only-mode': 'read-only' }
  return { command: 'blockdev-change-medium', arguments: { ...medium, force: true } }
}
