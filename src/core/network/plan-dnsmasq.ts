/** DHCP and DNS of a network: started with its first port, told about new ones, stopped with its last. */
import type { HostFacts } from '../host/facts.ts'
import { startPlan, type Plan, type Step } from '../plan/plan.ts'
import type { PortSpec } from './port.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** `ports` are all that shall be plugged in; with none, or with nothing to serve, dnsmasq is stopped. */
export function planDnsmasq(
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Plan {
  return startPlan(
    `serve names and addresses on '${network.name}'`,
    dnsmasqSteps(network, ports, seen, facts),
  )
}

export function dnsmasqSteps(
  _network: NetworkSpec,
  _ports: readonly PortSpec[],
  _seen: SeenHost,
  _facts: HostFacts,
): Step[] {
  return []
}
