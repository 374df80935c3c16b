/**
 * Which services of a guest are asked about: its published ports, the ports that weft's rules and the host's own name, one port that
 * nothing names (it stands for all the others), and ping.
 */
import type { PublishedPort } from '../firewall/nft-published.ts'
import type { FirewallSpec, PortRange, Rule } from '../guard/firewall-spec.ts'

export interface Service {
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  /** Of the guest. */
  readonly port?: number
  /** Where it is asked for at this host: the port, and the address where only one will do. */
  readonly published?: { readonly port: number; readonly address?: string }
  /** As people call it: `80/tcp`, `host:8080/tcp`, `other tcp`. */
  readonly name: string
}

export interface ServiceSources {
  /** Of this guest. */
  readonly published: readonly PublishedPort[]
  readonly firewall: FirewallSpec | undefined
  readonly guest: string
  /** A port that no rule names. */
  readonly otherPort: number
}

export function servicesOf(sources: ServiceSources): Service[] {
  const { published, otherPort } = sources
  const ports = [
    ...published.map(({ protocol, guestPort }) => ({ protocol, port: guestPort })),
    ...namedPorts(sources),
  ]
  const direct = new Map(
    ports.map(({ protocol, port }) => [`${String(port)}/${protocol}`, { protocol, port }]),
  )
  return [
    ...published.map(publishedService),
    ...[...direct]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([name, each]) => ({ ...each, name })),
    { protocol: 'tcp', port: otherPort, name: 'other tcp' },
    { protocol: 'udp', port: otherPort, name: 'other udp' },
    { protocol: 'icmp', name: 'ping' },
  ]
}

/** The first of a range stands for all of it: they are let in together. */
function publishedService({ protocol, port, guestPort, count, address }: PublishedPort): Service {
  const range = count === 1 ? String(port) : `${String(port)}-${String(port + count - 1)}`
  const at = address?.includes(':') === true ? `[${address}]` : (address ?? 'host')
  return {
    protocol,
    port: guestPort,
    published: { port, ...(address === undefined ? {} : { address }) },
    name: `${at}:${range}/${protocol}`,
  }
}

/** Of a range both ends are asked for. */
function namedPorts({ firewall, guest }: ServiceSources): { protocol: 'tcp' | 'udp'; port: number }[] {
  if (firewall === undefined) return []
  const lists = [
    firewall,
    ...firewall.groups.filter(({ members }) => members.includes(guest)),
    ...firewall.guests.filter(({ name }) => name === guest),
  ]
  const rules = lists.flatMap((list) => list.rules).filter(({ direction }) => direction === 'in')
  return rules.flatMap((rule) =>
    protocolsOf(rule).flatMap((protocol) => endsOf(rule).map((port) => ({ protocol, port }))),
  )
}

const protocolsOf = ({ protocol }: Rule): readonly ('tcp' | 'udp')[] =>
  protocol === 'tcp' || protocol === 'udp' ? [protocol] : protocol === 'any' ? ['tcp', 'udp'] : []

const endsOf = ({ ports = [] }: Rule): number[] => [
  ...new Set(ports.flatMap(({ start, end }: PortRange) => [start, end])),
]

/** A port that the rules nowhere spell; that a range holds it does not matter, it stands for most. */
export function unnamedPort(ruleset: string): number {
  const named = new Set(ruleset.match(/\b\d{2,5}\b/g))
  for (let port = 20_011; port < 65_535; port += 101) if (!named.has(String(port))) return port
  return 20_011
}
