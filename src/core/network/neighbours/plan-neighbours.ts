/**
 * Getting along with firewalls of others: a packet has to be accepted by all of them. Each is asked, in its own terms, for what weft lets
 * through and it would drop, and for no more.
 */
import { startPlan, type Plan, type Step } from '../../plan/plan.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { iptablesSteps, iptablesStopSteps } from './plan-iptables.ts'

/** After weft's own guard stands: nothing is asked for that nobody guards. */
export function neighbourSteps(wanted: NetworkSpec, seen: SeenHost): Step[] {
  const { filters = [] } = seen.neighbours ?? {}
  return filters.flatMap((filter) => iptablesSteps(wanted, filter, seen))
}

export function neighbourStopSteps(live: NetworkSpec, seen: SeenHost): Step[] {
  return removeSteps((name) => name === live.name, seen)
}

/** What is still asked for networks that are gone. */
export function neighbourLeftoverSteps(live: readonly NetworkSpec[], seen: SeenHost): Step[] {
  const names = new Set(live.map(({ name }) => name))
  return removeSteps((name) => !names.has(name), seen)
}

/** For `live`, all networks that run: a neighbour has made its rules anew, or somebody's way out has changed. */
export function planNeighbours(live: readonly NetworkSpec[], seen: SeenHost): Plan {
  return startPlan(
    'let guests through the firewalls of others',
    live.flatMap((network) => neighbourSteps(network, seen)),
  )
}

function removeSteps(isGone: (network: string) => boolean, { neighbours }: SeenHost): Step[] {
  const { filters = [] } = neighbours ?? {}
  return filters.flatMap((filter) => iptablesStopSteps(isGone, filter))
}
