/** Networks whose guests are plugged into a bridge or a NIC of the host: nothing is made but a mark that they run. */
import type { HostFacts } from '../host/facts.ts'
import { borrowedMark } from '../host/paths.ts'
import { invert, type Step } from '../plan/plan.ts'
import { FILE_MODE } from './plan-run-directory.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

export function markSteps(wanted: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  if (seen.borrowed.includes(wanted.name)) return []
  const path = borrowedMark(facts.paths, wanted.name)
  return [
    {
      reason: `${wanted.name} runs: its guests are plugged into ${placeOf(wanted)}, which stays as it is`,
      do: { kind: 'write', path, content: '', mode: FILE_MODE },
      undo: { kind: 'remove', path },
    },
  ]
}

export function unmarkSteps(live: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  if (!seen.borrowed.includes(live.name)) return []
  return invert(markSteps(live, { ...seen, borrowed: [] }, facts), () => `${live.name} does not run any more`)
}

function placeOf({ hostBridge, devices = [] }: NetworkSpec): string {
  return hostBridge === undefined ? devices.join(', ') : `the bridge ${hostBridge}`
}
