/** Who is on the networks under which name: lines for a hosts file. */
import { leaseFile } from '../../host/paths.ts'
import type { HostFacts } from '../../host/facts.ts'
import { ipv4Of, ipv6Of } from '../ips.ts'
import { parseLeases, parseLeases6 } from '../addresses/leases.ts'
import { domainOf } from './names.ts'
import { portsOf, type PortSpec } from '../port.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

interface Named {
  readonly ip: string
  /** Without the domain. */
  readonly name: string
  readonly domain: string | undefined
  /** The name was given by whoever runs this host, not made up by the guest. */
  readonly isGiven: boolean
}

/** What a guest may call itself without being taken for somebody else. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * A guest chooses the name that it sends: it is known by that within its network's domain only. Given names stand alone too, unless
 * `taken` by others or by two networks.
 */
export function guestLines(
  networks: readonly NetworkSpec[],
  seen: SeenHost,
  facts: HostFacts,
  taken: ReadonlySet<string>,
): string[] {
  const all = networks.flatMap((network) => namedOn(network, seen, facts))
  const lines = all.flatMap((each) => {
    const isAlone = all.every(({ name, domain }) => name !== each.name || domain === each.domain)
    const isFree = each.isGiven && isAlone && !taken.has(each.name)
    const words = [
      ...(each.domain === undefined ? [] : [`${each.name}.${each.domain}`]),
      ...(isFree ? [each.name] : []),
    ]
    return words.length === 0 ? [] : [[each.ip, ...words].join(' ')]
  })
  return [...new Set(lines)].sort()
}

function namedOn(network: NetworkSpec, seen: SeenHost, facts: HostFacts): Named[] {
  const ports = portsOf(network.name, seen, facts)
  const text = seen.files.get(leaseFile(facts.paths, network.name)) ?? ''
  const domain = domainOf(network)
  const given = givenNames(network, ports)
  const records = (network.dns?.hosts ?? []).flatMap(({ ip, names }) => names.map((name) => ({ ip, name })))
  const fixed = ports.map(({ ip, hostName }) => ({ ip, name: hostName }))
  const leases = [...parseLeases(text), ...parseLeases6(text)].map(({ ip, hostName }) => ({
    ip,
    name: hostName,
  }))
  return [...records, ...fixed, ...leases].flatMap(({ ip, name: spelt }) => {
    const ending = `.${domain ?? ''}`
    const name = spelt?.toLowerCase()
    const label = name?.endsWith(ending) === true ? name.slice(0, -ending.length) : name
    if (ip === undefined || label === undefined || !LABEL.test(label)) return []
    return [{ ip, name: label, domain, isGiven: given.has(label) }]
  })
}

function givenNames(network: NetworkSpec, ports: readonly PortSpec[]): Set<string> {
  const names = [
    ...ports.map(({ hostName }) => hostName),
    ...(ipv4Of(network)?.dhcp?.hosts ?? []).map(({ name }) => name),
    ...(ipv6Of(network)?.dhcp?.hosts ?? []).map(({ name }) => name),
    ...(network.dns?.hosts ?? []).flatMap(({ names }) => names),
  ]
  return new Set(names.flatMap((name) => name?.toLowerCase() ?? []))
}
