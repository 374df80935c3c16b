/** What is left when a running network is gone without having been stopped: its bridge deleted by hand, or by a script half-way. */
import type { HostFacts } from '../host/facts.ts'
import { stopPlan, type Plan } from '../plan/plan.ts'
import { guardLeftoverSteps } from './guard/plan-guard.ts'
import { fastPathLeftoverSteps } from './firewall/plan-fast-path.ts'
import { firewallLeftoverSteps } from './firewall/plan-firewall.ts'
import { forwardingLeftoverSteps } from './firewall/plan-forwarding.ts'
import { neighbourLeftoverSteps } from './neighbours/plan-neighbours.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** `live` are the definitions of all networks that run. */
export function planLeftovers(live: readonly NetworkSpec[], seen: SeenHost, facts: HostFacts): Plan {
  return stopPlan('remove what a network that is gone has left', [
    ...fastPathLeftoverSteps(live, seen),
    ...neighbourLeftoverSteps(live, seen),
    ...forwardingLeftoverSteps(live, seen, facts),
    ...firewallLeftoverSteps(live, seen),
    ...guardLeftoverSteps(live, seen),
  ])
}
