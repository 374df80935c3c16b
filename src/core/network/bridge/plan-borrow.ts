/** Networks whose guests are plugged into a bridge or a NIC of the host: nothing is made but a mark that they run. */
import type { HostFacts } from '../../host/facts.ts'
import { borrowedMark } from '../../host/paths.ts'
import { run } from '../../plan/action.ts'
import { invert, type Step } from '../../plan/plan.ts'
import { FILE_MODE } from '../dnsmasq/plan-run-directory.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

/** The mark says which NICs were off before: whoever stops the network switches them off again. */
export function markSteps(wanted: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  if (seen.borrowed.includes(wanted.name)) return []
  const isOff = new Set<string>(seen.links.filter(({ isUp }) => !isUp).map(({ name }) => name))
  return stepsFor(
    wanted,
    (wanted.devices ?? []).filter((name) => isOff.has(name)),
    facts,
  )
}

export function unmarkSteps(live: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  if (!seen.borrowed.includes(live.name)) return []
  const noted = seen.files.get(borrowedMark(facts.paths, live.name)) ?? ''
  const woken = noted.split('\n').filter((name) => seen.links.some((link) => link.name === name))
  return invert(stepsFor(live, woken, facts), (step) =>
    step.do.kind === 'write'
      ? `${live.name} does not run any more`
      : `the NIC is off, as it was before ${live.name} was started`,
  )
}

function stepsFor(network: NetworkSpec, woken: readonly string[], facts: HostFacts): Step[] {
  const path = borrowedMark(facts.paths, network.name)
  const content = woken.map((name) => `${name}\n`).join('')
  return [
    {
      reason: `${network.name} runs: its guests are plugged into ${placeOf(network)}, which stays as it is`,
      do: { kind: 'write', path, content, mode: FILE_MODE },
      undo: { kind: 'remove', path },
    },
    ...woken.map((name) => ({
      reason: `${name} was off, and nobody on it could have reached anything`,
      do: run('ip', 'link', 'set', 'dev', name, 'up'),
      undo: { ...run('ip', 'link', 'set', 'dev', name, 'down'), accept: [1] },
    })),
  ]
}

function placeOf({ hostBridge, devices = [] }: NetworkSpec): string {
  return hostBridge === undefined ? devices.join(', ') : `the bridge ${hostBridge}`
}
