/** What to do so that a network runs as wanted; the same function finds nothing to do. */
import type { HostFacts } from '../host/facts.ts'
import { startPlan, type Plan } from '../plan/plan.ts'
import { guardSteps } from './guard/plan-guard.ts'
import { isSwitched } from './ips.ts'
import { markSteps } from './bridge/plan-borrow.ts'
import { bridgeSteps, growSteps, switchLimitSteps } from './bridge/plan-bridge.ts'
import { dnsmasqStopSteps } from './dnsmasq/plan-dnsmasq.ts'
import { fastPathSteps } from './firewall/plan-fast-path.ts'
import { firewallSteps } from './firewall/plan-firewall.ts'
import { localnetSteps } from './firewall/plan-publish.ts'
import { proxySteps } from './bridge/plan-proxy.ts'
import { reachSteps } from './bridge/plan-reach.ts'
import { switchVlanSteps } from './bridge/plan-vlan.ts'
import { forwardingSteps } from './firewall/plan-forwarding.ts'
import { neighbourSteps } from './neighbours/plan-neighbours.ts'
import { liveSteps, runDirectorySteps } from './dnsmasq/plan-run-directory.ts'
import { portsOf } from './port.ts'
import { bridgeOf, type SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/**
 * `others` are the live definitions of the other active networks: reloading the firewall table reloads theirs too.
 * DHCP and DNS are not here: dnsmasq starts with the first port (plan-dnsmasq.ts).
 */
export function planNetworkStart(
  wanted: NetworkSpec,
  seen: SeenHost,
  facts: HostFacts,
  others: readonly NetworkSpec[],
): Plan {
  // A dnsmasq that outlived its bridge still listens on the old one and would never hear of the new.
  const stale = bridgeOf(seen, wanted.name) === undefined ? dnsmasqStopSteps(wanted, seen, facts) : []
  return startPlan(`start network '${wanted.name}'`, [
    ...stale,
    ...runDirectorySteps(wanted, seen, facts),
    ...growSteps(wanted, seen),
    ...(isSwitched(wanted)
      ? [...bridgeSteps(wanted, seen), ...switchVlanSteps(wanted, seen), ...switchLimitSteps(wanted, seen)]
      : [...markSteps(wanted, seen, facts), ...reachSteps(wanted, seen)]),
    ...firewallSteps(wanted, seen, others), // before forwarding: nothing is ever forwarded unguarded
    ...localnetSteps(wanted, seen), // behind the firewall that guards it
    ...guardSteps(wanted, portsOf(wanted.name, seen, facts), seen),
    ...forwardingSteps(wanted, seen, facts),
    ...proxySteps(wanted, seen, facts), // behind the firewall, and nobody is called who is not forwarded to
    ...neighbourSteps(wanted, seen),
    ...fastPathSteps(wanted, seen),
    ...liveSteps(wanted, seen, facts),
  ])
}
