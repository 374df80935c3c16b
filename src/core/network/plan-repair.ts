/**
 * What to do so that running networks are as they were started, whoever changed what: the steps of the start, as far as the kernel shows
 * something else. Files of weft's own are taken as they are, but for dnsmasq's.
 */
import type { HostFacts } from '../host/facts.ts'
import { dnsmasqFiles } from '../host/paths.ts'
import { run } from '../plan/action.ts'
import { noUndo, startPlan, type Plan, type Step } from '../plan/plan.ts'
import { guardSteps } from './guard/plan-guard.ts'
import { bridgeNameOf, isSwitched } from './ips.ts'
import { bridgeSteps, growSteps, switchLimitSteps } from './bridge/plan-bridge.ts'
import { planDnsmasq } from './dnsmasq/plan-dnsmasq.ts'
import { fastPathSteps } from './firewall/plan-fast-path.ts'
import { firewallRepairSteps, firewallSteps } from './firewall/plan-firewall.ts'
import { localnetSteps } from './firewall/plan-publish.ts'
import { forwardingRepairSteps, forwardingSteps } from './firewall/plan-forwarding.ts'
import { neighbourSteps } from './neighbours/plan-neighbours.ts'
import { proxySteps } from './bridge/plan-proxy.ts'
import { reachSteps } from './bridge/plan-reach.ts'
import { switchVlanSteps } from './bridge/plan-vlan.ts'
import { plugSteps } from './bridge/plan-port.ts'
import { portsOf, servedPorts, type PortSpec } from './port.ts'
import { bridgeOf, switchOf, type SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** What all networks share: the firewall table, and forwarding. `live` are all that run. */
export function planSharedRepair(live: readonly NetworkSpec[], seen: SeenHost, facts: HostFacts): Plan {
  return startPlan('repair the firewall and forwarding', [
    ...firewallRepairSteps(live, seen), // first: nothing is ever forwarded unguarded
    ...forwardingRepairSteps(live, seen, facts),
    ...live.filter((network) => !isGone(network, seen)).flatMap((network) => fastPathSteps(network, seen)),
  ])
}

/** The switch and what is plugged in. `isAsked`: a person wants all of it back, also what somebody seems to have moved on purpose. */
export function planNetworkRepair(
  live: NetworkSpec,
  seen: SeenHost,
  facts: HostFacts,
  { isAsked = false } = {},
): Plan {
  return startPlan(`repair network '${live.name}'`, [
    ...staleDnsmasqSteps(live, seen, facts),
    ...growSteps(live, seen),
    ...(isSwitched(live)
      ? [...bridgeSteps(live, seen), ...switchVlanSteps(live, seen), ...switchLimitSteps(live, seen)]
      : reachSteps(live, seen)),
    ...proxySteps(live, seen, facts),
    ...fastPathSteps(live, seen),
    ...localnetSteps(live, seen),
    ...guardSteps(live, portsOf(live.name, seen, facts), seen), // before the plugs: nobody is ever unguarded
    ...replugSteps(live, seen, facts, isAsked),
  ])
}

/** DHCP and DNS for whoever is plugged in by then. */
export function planServing(live: NetworkSpec, seen: SeenHost, facts: HostFacts): Plan {
  return planDnsmasq(live, servedPorts(live, seen, facts), withoutStale(live, seen), facts)
}

/** All of it for one network, for people. */
export function planWholeRepair(
  live: NetworkSpec,
  seen: SeenHost,
  facts: HostFacts,
  others: readonly NetworkSpec[],
): Plan {
  const { title, steps } = planNetworkRepair(live, seen, facts, { isAsked: true })
  return startPlan(title, [
    ...firewallSteps(live, seen, others),
    ...forwardingSteps(live, seen, facts),
    ...neighbourSteps(live, seen),
    ...steps,
    ...planServing(live, seen, facts).steps,
  ])
}

const isGone = (live: NetworkSpec, seen: SeenHost): boolean =>
  isSwitched(live) && bridgeOf(seen, live.name) === undefined

/** It listens on a bridge that has gone and would never hear of the new one. */
function staleDnsmasqSteps(live: NetworkSpec, seen: SeenHost, { paths }: HostFacts): Step[] {
  if (!isGone(live, seen) || !seen.dnsmasqRunning.has(live.name)) return []
  const { conf, pid } = dnsmasqFiles(paths, live.name)
  const reason =
    'dnsmasq listens on a bridge that has gone; one that listens on the new bridge takes its place'
  return [
    {
      reason,
      do: { kind: 'signal', pidFile: pid, match: conf, signal: 'TERM', waitMs: 2000 },
      undo: noUndo('on a bridge that is not there it hears nobody'),
    },
  ]
}

function withoutStale(live: NetworkSpec, seen: SeenHost): SeenHost {
  if (!isGone(live, seen)) return seen
  return { ...seen, dnsmasqRunning: new Set([...seen.dnsmasqRunning].filter((name) => name !== live.name)) }
}

/** Plugs that weft noted: pulled out by hand, or left over when their bridge was deleted. */
function replugSteps(live: NetworkSpec, seen: SeenHost, facts: HostFacts, isAsked: boolean): Step[] {
  const name = bridgeNameOf(live)
  if (name === undefined || (!isSwitched(live) && switchOf(seen, live) === undefined)) return []
  return portsOf(live.name, seen, facts).flatMap((port) => {
    const master = seen.links.find((link) => link.name === port.interface)?.master
    if (master === name || (master !== undefined && !isAsked)) return []
    return [...(master === undefined ? [] : [pullStep(port, master)]), ...plugSteps(port, live, seen, facts)]
  })
}

function pullStep(port: PortSpec, master: string): Step {
  return {
    reason: `somebody plugged ${port.interface} into ${master}`,
    do: run('ip', 'link', 'set', 'dev', port.interface, 'nomaster'),
    undo: run('ip', 'link', 'set', 'dev', port.interface, 'master', master),
  }
}
