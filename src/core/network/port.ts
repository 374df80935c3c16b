/** A plug in a network's bridge: a machine's TAP or a namespace's veth. */
import { readMark } from '../host/mark.ts'
import { readOnce } from '../host/read-once.ts'
import type { InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Address } from '../address/ipv4.ts'
import type { MacAddress } from '../address/mac.ts'
import type { HostFacts } from '../host/facts.ts'
import type { SeenLink } from '../host/link.ts'
import { networkPortFile } from '../host/paths.ts'
import type { Step } from '../plan/plan.ts'
import type { PortFilter } from './filter/filter-spec.ts'
import { FILE_MODE } from './dnsmasq/plan-run-directory.ts'
import { bridgeOf, type SeenHost } from './seen.ts'
import type { BandwidthSpec, NetworkSpec } from './spec.ts'

export interface PortSpec {
  readonly network: string
  /** The host's end: `vnet0`. */
  readonly interface: InterfaceName
  /** The guest's MAC. */
  readonly mac: MacAddress
  /** The name the guest has in the network's DNS, when it has one. */
  readonly hostName?: string
  /** Whose plug it is, where that is not `hostName`: a machine's second NIC has no name of its own. */
  readonly guest?: string
  /** Fixed address, kept as a reservation while the port is there. */
  readonly ip?: Ipv4Address
  /** The class of NICs it names; without a name it is in the default one. */
  readonly portgroup?: string
  /** Its own limits; absent: those of its port group. */
  readonly bandwidth?: BandwidthSpec
  /** Whether its neighbours reach it is the network's to say when this is absent. */
  readonly isIsolated?: boolean
  /** The filter that it is held to, as it was when it was plugged in. */
  readonly filter?: PortFilter
  /** The NIC of the host it sits on, on a network without a switch. */
  readonly device?: InterfaceName
}

/** A network namespace, by its name under /run/netns or by a process in it. */
export type Namespace = { readonly name: string } | { readonly pid: number }

/** A namespace as a guest: the port, and how it looks from inside. */
export interface NamespacePort extends PortSpec {
  /** `weft:port:NETWORK:PORTNAME` is the alias of the host's end. */
  readonly portName: string
  readonly namespace: Namespace
  /** The interface's name inside: `eth0`. */
  readonly insideName: InterfaceName
}

/** Beginning of an `ip` command that sees what the namespace sees. */
export function ipInside(namespace: Namespace): [string, ...string[]] {
  return 'name' in namespace
    ? ['ip', '-n', namespace.name]
    : ['nsenter', `--net=/proc/${String(namespace.pid)}/ns/net`, 'ip']
}

/** The ports of a network, from the notes in its run directory; those whose link is gone are left out. */
export function portsOf(networkName: string, seen: SeenHost, facts: HostFacts): PortSpec[] {
  const noted = notedPorts(networkName, seen, facts)
  if (noted.length === 0) return []
  const isThere = new Set<string>([...seen.links, ...(seen.inside ?? [])].map((link) => link.name))
  return noted.filter((port) => isThere.has(port.interface))
}

/** What is plugged in: everything on a bridge of weft's, and what is noted elsewhere. */
export function pluggedLinks(live: NetworkSpec, seen: SeenHost, facts: HostFacts): SeenLink[] {
  const { bridge } = live
  if (bridge !== undefined) return seen.links.filter((link) => link.master === bridge.name)
  const names = new Set<string>(portsOf(live.name, seen, facts).map((port) => port.interface))
  return [...seen.links, ...(seen.inside ?? [])].filter((link) => names.has(link.name))
}

/** What people call the guests behind these plugs: the machine or namespace whose mark they carry, else the plug itself. */
export function guestNames(links: readonly SeenLink[]): string[] {
  const names = links.map((link) => {
    const mark = readMark(link.alias)
    if (mark?.kind === 'vm') return mark.machine
    return mark?.kind === 'port' ? mark.port : link.name
  })
  return [...new Set(names)]
}

/** Guests on a bridge of weft's. */
export function guestsOf({ bridge }: Pick<NetworkSpec, 'bridge'>, seen: Pick<SeenHost, 'links'>): string[] {
  return bridge === undefined ? [] : guestNames(seen.links.filter((link) => link.master === bridge.name))
}

/** Ports weft made, and those somebody plugged in by hand: they want an address too. */
export function servedPorts(
  network: Pick<NetworkSpec, 'name' | 'bridge'>,
  seen: SeenHost,
  facts: HostFacts,
): PortSpec[] {
  const recorded = portsOf(network.name, seen, facts)
  const known = new Set(recorded.map((port) => port.interface))
  const bridge = bridgeOf(seen, network.name)
  const byHand = seen.links.filter(
    (link) => bridge !== undefined && link.master === bridge.name && !known.has(link.name),
  )
  const mac = (link: SeenLink): MacAddress => (link.mac ?? '00:00:00:00:00:00') as MacAddress
  return [
    ...recorded,
    ...byHand.map((link) => ({ network: network.name, interface: link.name, mac: mac(link) })),
  ]
}

/** All that is noted, of links that are gone too. */
export function notedPorts(networkName: string, seen: SeenHost, facts: HostFacts): PortSpec[] {
  const notes = byDirectory(seen.files).get(directoryOf(networkPortFile(facts.paths, networkName, ''))) ?? []
  return notes
    .map((text) => JSON.parse(text) as PortSpec)
    .sort((a, b) => a.interface.localeCompare(b.interface))
}

const byDirectory = readOnce((files: SeenHost['files']): ReadonlyMap<string, readonly string[]> => {
  const sorted = new Map<string, string[]>()
  for (const [path, text] of files) {
    const where = directoryOf(path)
    sorted.set(where, [...(sorted.get(where) ?? []), text])
  }
  return sorted
})

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/** Removes the note that `recordSteps` of plan-port.ts wrote. */
export function forgetPortSteps(
  network: string,
  interfaceName: string,
  seen: SeenHost,
  facts: HostFacts,
): Step[] {
  const path = networkPortFile(facts.paths, network, interfaceName)
  const content = seen.files.get(path)
  return content === undefined
    ? []
    : [
        {
          reason: `${interfaceName} is no longer a plug of ${network}`,
          do: { kind: 'remove', path },
          undo: { kind: 'write', path, content, mode: FILE_MODE },
        },
      ]
}
