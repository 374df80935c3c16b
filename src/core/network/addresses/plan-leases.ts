/** Leases in the way of what is known of a network's guests: given back, so that the address is free for whom it is meant. */
import { ipv4Bounds, ipv4FromNumber } from '../../address/ipv4.ts'
import type { MacAddress } from '../../address/mac.ts'
import type { HostFacts } from '../../host/facts.ts'
import { leaseFile } from '../../host/paths.ts'
import { noUndo, type Step } from '../../plan/plan.ts'
import { knownHosts } from '../dnsmasq/dnsmasq-hosts.ts'
import { ipv4Of } from '../ips.ts'
import { keptAddresses } from './kept-addresses.ts'
import { parseLeases, type Lease } from './leases.ts'
import { FILE_MODE } from '../dnsmasq/plan-run-directory.ts'
import { notedPorts, type PortSpec } from '../port.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec, SwitchedNetwork } from '../spec.ts'

/**
 * Of guests that are away: their MAC is known with another address, or their address with another MAC. One that is plugged in keeps what
 * it has until it asks again: dnsmasq refuses its renewal then, and it gets what is meant for it. Where somebody weft knows nothing
 * of is plugged in too, nobody can be said to be away.
 */
export function staleLeases(
  network: NetworkSpec,
  ports: readonly PortSpec[],
  seen: SeenHost,
  facts: HostFacts,
): Lease[] {
  const leases = leasesOf(network, seen, facts)
  if (leases.length === 0 || hasStrangers(network, seen, facts)) return []
  const hosts = knownHosts(network, ports, keptAddresses(network.name, seen, facts)).filter(
    ({ mac, ip }) => mac !== undefined && ip !== undefined,
  )
  const byMac = new Map(hosts.map(({ mac, ip }) => [mac, ip]))
  const byIp = new Map(hosts.map(({ mac, ip }) => [ip, mac]))
  const here = new Set<MacAddress>(ports.map(({ mac }) => mac))
  return leases.filter(({ mac, ip }) => {
    const [meant, holder] = [byMac.get(mac), byIp.get(ip)]
    return (
      !here.has(mac) && ((meant !== undefined && meant !== ip) || (holder !== undefined && holder !== mac))
    )
  })
}

function leasesOf({ name }: NetworkSpec, seen: SeenHost, facts: HostFacts): Lease[] {
  return parseLeases(seen.files.get(leaseFile(facts.paths, name)) ?? '')
}

/** Something on the bridge that weft has no note of. */
function hasStrangers(network: NetworkSpec, seen: SeenHost, facts: HostFacts): boolean {
  const bridge = network.bridge?.name
  const known = new Set<string>(notedPorts(network.name, seen, facts).map((port) => port.interface))
  return seen.links.some(({ master, name }) => master !== undefined && master === bridge && !known.has(name))
}

/** While dnsmasq runs it alone knows the leases: it is told as the guests would tell it. */
export function releaseSteps(network: SwitchedNetwork, leases: readonly Lease[], facts: HostFacts): Step[] {
  const own = ipv4Of(network)
  if (own === undefined) return []
  const { cidr } = own
  return leases.map(({ mac, ip }) => ({
    reason: `${ip} is free for whom it is meant: ${mac}, which had it, is away`,
    do: {
      kind: 'release',
      interface: network.bridge.name,
      server: cidr.address,
      broadcast: ipv4FromNumber(ipv4Bounds(cidr).last),
      ip,
      mac,
      leaseFile: leaseFile(facts.paths, network.name),
    },
    undo: noUndo('whoever had it is given an address again when it asks'),
  }))
}

/** While it does not, they are lines in a file. */
export function dropLeaseSteps(
  network: NetworkSpec,
  leases: readonly Lease[],
  seen: SeenHost,
  facts: HostFacts,
): Step[] {
  const path = leaseFile(facts.paths, network.name)
  const before = seen.files.get(path)
  if (before === undefined || leases.length === 0) return []
  const gone = new Set(leases.map(({ mac, ip }) => `${mac} ${ip}`))
  const isLeft = (line: string): boolean =>
    parseLeases(line).every(({ mac, ip }) => !gone.has(`${mac} ${ip}`))
  const content = before.split('\n').filter(isLeft).join('\n')
  return [
    {
      reason: `${leases.map(({ ip }) => ip).join(', ')} is free for whom it is meant: whoever had it is away`,
      do: { kind: 'write', path, content, mode: FILE_MODE },
      undo: { kind: 'write', path, content: before, mode: FILE_MODE },
    },
  ]
}
