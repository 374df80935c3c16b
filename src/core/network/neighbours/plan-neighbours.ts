/**
 * Getting along with firewalls of others: a packet has to be accepted by all of them. Each is asked, in its own terms, for what weft lets
 * through and it would drop, and for no more.
 */
import { startPlan, type Plan, type Step } from '../../plan/plan.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { bridgesInZones, firewalldSteps, firewalldStopSteps } from './plan-firewalld.ts'
import { iptablesSteps, iptablesStopSteps } from './plan-iptables.ts'
import { nftablesSteps, nftablesStopSteps } from './plan-nftables.ts'
import { isUfws, ufwSteps, ufwStopSteps } from './plan-ufw.ts'
import type { SeenFilter, SeenFirewalld, SeenNeighbours } from './seen-neighbours.ts'

/** After weft's own guard stands: nothing is asked for that nobody guards. */
export function neighbourSteps(wanted: NetworkSpec, seen: SeenHost): Step[] {
  const { neighbours } = seen
  if (neighbours === undefined) return []
  const { ufw, firewalld } = neighbours
  return [
    ...plainFilters(neighbours).flatMap((filter) => iptablesSteps(wanted, filter, seen)),
    ...nftablesSteps(wanted, seen),
    ...(ufw === undefined ? [] : ufwSteps(wanted, ufw, seen)),
    ...(firewalld === undefined ? [] : ofFirewalld(wanted, firewalld, neighbours)),
  ]
}

function ofFirewalld(network: NetworkSpec, firewalld: SeenFirewalld, { left }: SeenNeighbours): Step[] {
  if (!left.has('firewalld')) return firewalldSteps(network, firewalld)
  // The files stay while somebody may be in a zone of theirs.
  return firewalldStopSteps(network.bridge === undefined ? [] : [network.bridge.name], [network], firewalld)
}

/** `others` are the networks that stay. */
export function neighbourStopSteps(
  live: NetworkSpec,
  { neighbours }: SeenHost,
  others: readonly NetworkSpec[],
): Step[] {
  if (neighbours === undefined) return []
  const bridges = live.bridge === undefined ? [] : [live.bridge.name]
  return removeSteps((name) => name === live.name, bridges, others, neighbours)
}

/** What is still asked for networks that are gone. */
export function neighbourLeftoverSteps(live: readonly NetworkSpec[], { neighbours }: SeenHost): Step[] {
  if (neighbours === undefined) return []
  const names = new Set(live.map(({ name }) => name))
  const running = new Set<string>(live.map(({ bridge }) => bridge?.name ?? ''))
  const { firewalld } = neighbours
  const bridges = firewalld === undefined ? [] : bridgesInZones(firewalld)
  return removeSteps(
    (name) => !names.has(name),
    bridges.filter((bridge) => !running.has(bridge)),
    live,
    neighbours,
  )
}

/** For `live`, all networks that run: a neighbour has made its rules anew, or somebody's way out has changed. */
export function planNeighbours(live: readonly NetworkSpec[], seen: SeenHost): Plan {
  const steps = live.flatMap((network) => neighbourSteps(network, seen))
  return startPlan('let guests through the firewalls of others', once(steps))
}

/** Files that several networks need are written, and read, once. */
export function once(steps: readonly Step[]): Step[] {
  const isShared = ({ do: action }: Step): boolean =>
    action.kind === 'write' || (action.kind === 'run' && action.argv.includes('--reload'))
  const seen = new Set<string>()
  return steps.filter((step) => {
    const key = JSON.stringify(step.do)
    const isNew = !isShared(step) || !seen.has(key)
    seen.add(key)
    return isNew
  })
}

const plainFilters = ({ filters }: SeenNeighbours): SeenFilter[] => filters.filter((each) => !isUfws(each))

function removeSteps(
  isGone: (network: string) => boolean,
  bridges: readonly string[],
  staying: readonly NetworkSpec[],
  neighbours: SeenNeighbours,
): Step[] {
  const { filters, ufw, firewalld } = neighbours
  return [
    ...(firewalld === undefined ? [] : firewalldStopSteps(bridges, staying, firewalld)),
    ...(ufw === undefined ? [] : ufwStopSteps(isGone, ufw)),
    ...nftablesStopSteps(isGone, neighbours),
    ...filters.flatMap((filter) => iptablesStopSteps(isGone, filter)),
  ]
}
