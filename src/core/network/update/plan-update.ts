/** What to do so that a network that runs becomes another one without stopping: nothing that guests hold on to is taken away to be made anew. */
import type { HostFacts } from '../../host/facts.ts'
import { disrupts } from '../../plan/disruption.ts'
import { startPlan, type Plan, type Step } from '../../plan/plan.ts'
import { guardSteps } from '../guard/plan-guard.ts'
import { reachUpdateSteps } from '../bridge/plan-reach-update.ts'
import { isSwitched } from '../ips.ts'
import { dnsmasqPhases } from '../dnsmasq/plan-dnsmasq.ts'
import { fastPathSteps, fastPathStopSteps, usesFastPath } from '../firewall/plan-fast-path.ts'
import { firewallSteps, firewallStopSteps, needsFirewall } from '../firewall/plan-firewall.ts'
import { forwardingSteps, forwardingStopSteps } from '../firewall/plan-forwarding.ts'
import { canPublish } from '../firewall/nft-published.ts'
import { localnetSteps } from '../firewall/plan-publish.ts'
import { liveSteps } from '../dnsmasq/plan-run-directory.ts'
import { guestsOf, portsOf, servedPorts } from '../port.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { switchUpdateSteps, withNewMtu } from './plan-switch.ts'

/** A network that runs, and what it is to be. What only a stop can change (frozen.ts) is the same in both. */
export interface NetworkChange {
  readonly live: NetworkSpec
  readonly wanted: NetworkSpec
}

/** `others` are the live definitions of the other active networks. */
export function planNetworkUpdate(
  change: NetworkChange,
  seen: SeenHost,
  facts: HostFacts,
  others: readonly NetworkSpec[],
): Plan {
  const { live, wanted } = change
  const ports = servedPorts(wanted, seen, facts)
  const { before, after } = dnsmasqPhases(wanted, ports, withNewMtu(change, seen), facts)
  const isSwitch = isSwitched(live) && isSwitched(wanted)
  return startPlan(`change network '${wanted.name}' while it runs`, [
    ...before,
    ...(isSwitch ? switchUpdateSteps({ live, wanted }, seen, facts) : reachUpdateSteps(live, wanted, seen)),
    ...(usesFastPath(wanted) ? [] : fastPathStopSteps(live, seen, others)),
    ...forwardingStopSteps(live, seen, facts, [...others, wanted]),
    ...(canPublish(wanted) ? [] : localnetSteps(wanted, seen)),
    ...firewallUpdateSteps(change, seen, others), // before forwarding: nothing is ever forwarded unguarded
    ...(canPublish(wanted) ? localnetSteps(wanted, seen) : []),
    ...guardSteps(wanted, portsOf(wanted.name, seen, facts), seen),
    ...forwardingSteps(wanted, seen, facts),
    ...fastPathSteps(wanted, seen),
    ...after,
    ...liveSteps(wanted, seen, facts),
  ])
}

function firewallUpdateSteps(
  { live, wanted }: NetworkChange,
  seen: SeenHost,
  others: readonly NetworkSpec[],
): Step[] {
  if (!needsFirewall(wanted)) {
    const reason = `nobody stands in the way of guests of ${wanted.name} any more`
    // With the last table that translates addresses, open connections lose their translation.
    const isLast = live.mode === 'nat' && !others.some(needsFirewall)
    const lost = isLast ? disrupts('cut-off', guestsOf(wanted, seen)) : {}
    return firewallStopSteps(live, seen, others).map((step) => ({ ...step, reason, ...lost }))
  }
  const isClosed = wanted.mode === 'isolated' && live.mode !== 'isolated'
  const lost = isClosed ? disrupts('cut-off', guestsOf(wanted, seen)) : {}
  return firewallSteps(wanted, seen, others).map((step) => ({ ...step, ...lost }))
}
