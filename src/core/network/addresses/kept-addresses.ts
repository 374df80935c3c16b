/**
 * Addresses that machines keep until they are deleted: given once, remembered by MAC in a file a network that survives everything, and
 * told to dnsmasq also while the machine is off. No lease that ends, no full range and no lost lease file moves a guest.
 */
import { ipv4Bounds, ipv4Contains, ipv4ToNumber, type Ipv4Address } from '../../address/ipv4.ts'
import { ipv6Contains, type Ipv6Address } from '../../address/ipv6.ts'
import type { MacAddress } from '../../address/mac.ts'
import type { HostFacts } from '../../host/facts.ts'
import { keptAddressesFile } from '../../host/paths.ts'
import type { Action } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import { ipv4Of, ipv6Of } from '../ips.ts'
import { FILE_MODE } from '../dnsmasq/plan-run-directory.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

export interface KeptAddress {
  readonly mac: MacAddress
  readonly ip?: Ipv4Address
  readonly ip6?: Ipv6Address
  readonly machine: string
}

/** As the file has them; a file that is not weft's writing has none. */
export function keptAddresses(
  network: string,
  seen: Pick<SeenHost, 'files'>,
  facts: HostFacts,
): KeptAddress[] {
  return parseKeptAddresses(seen.files.get(keptAddressesFile(facts.paths, network)))
}

export function parseKeptAddresses(text: string | undefined): KeptAddress[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(value) ? (value as KeptAddress[]) : []
  } catch {
    return []
  }
}

/** What a NIC always has: kept for it, or reserved in the definition. `hostName` is how its guest calls itself. */
export function pinnedAddresses(
  network: NetworkSpec,
  { mac, hostName }: { readonly mac: MacAddress; readonly hostName?: string | undefined },
  kept: readonly KeptAddress[],
): Pick<KeptAddress, 'ip' | 'ip6'> {
  const own = kept.find((each) => each.mac === mac)
  const named = (name: string | undefined): boolean => name !== undefined && name === hostName
  const host = ipv4Of(network)?.dhcp?.hosts.find((each) =>
    each.mac === undefined ? named(each.name) : each.mac === mac,
  )
  const host6 = ipv6Of(network)?.dhcp?.hosts.find(({ id, name }) => id === undefined && named(name))
  const [ip, ip6] = [own?.ip ?? host?.ip, own?.ip6 ?? host6?.ip]
  return { ...(ip === undefined ? {} : { ip }), ...(ip6 === undefined ? {} : { ip6 }) }
}

/** Without what the network does not have any more: its subnet may have changed, or the address been reserved for somebody else. */
export function fittingAddresses(network: NetworkSpec, kept: readonly KeptAddress[]): KeptAddress[] {
  return kept.flatMap(({ mac, machine, ip, ip6 }) => {
    const own = {
      ...(ip !== undefined && fits4(network, mac, ip) ? { ip } : {}),
      ...(ip6 !== undefined && fits6(network, ip6) ? { ip6 } : {}),
    }
    return 'ip' in own || 'ip6' in own ? [{ mac, ...own, machine }] : []
  })
}

function fits4(network: NetworkSpec, mac: MacAddress, ip: Ipv4Address): boolean {
  const own = ipv4Of(network)
  if (own?.dhcp === undefined || !ipv4Contains(own.cidr, ip) || ip === own.cidr.address) return false
  const { first, last } = ipv4Bounds(own.cidr)
  const isEdge = [first, last].includes(ipv4ToNumber(ip))
  return !isEdge && !own.dhcp.hosts.some((host) => host.ip === ip && host.mac !== mac)
}

function fits6(network: NetworkSpec, ip: Ipv6Address): boolean {
  const own = ipv6Of(network)
  if (own?.dhcp === undefined || !ipv6Contains(own.cidr, ip) || ip === own.cidr.address) return false
  return !own.dhcp.hosts.some((host) => host.ip === ip)
}

/** Writes down what is kept from now on; empty when the file says this already. */
export function keepSteps(
  network: string,
  wanted: readonly KeptAddress[],
  seen: Pick<SeenHost, 'files'>,
  facts: HostFacts,
): Step[] {
  const path = keptAddressesFile(facts.paths, network)
  const before = seen.files.get(path)
  const content = formatKept(wanted)
  if (content === (before ?? formatKept([]))) return []
  const write = (text: string): Action => ({ kind: 'write', path, content: text, mode: FILE_MODE })
  const remove: Action = { kind: 'remove', path }
  return [
    {
      reason: reasonOf(network, wanted, parseKeptAddresses(before)),
      do: wanted.length === 0 ? remove : write(content),
      undo: before === undefined ? remove : write(before),
    },
  ]
}

function reasonOf(network: string, wanted: readonly KeptAddress[], before: readonly KeptAddress[]): string {
  const [gone, added] = [without(before, wanted), without(wanted, before)]
  const [one] = added
  if (one === undefined)
    return `${namesOf(gone)} will not come back to ${network}: what was kept for it can be given to others`
  return `${namesOf(added)} keeps ${[one.ip, one.ip6].filter((ip) => ip !== undefined).join(' and ')} on ${network} until it is deleted`
}

const namesOf = (those: readonly KeptAddress[]): string =>
  [...new Set(those.map(({ machine }) => machine))].join(', ')

function without(those: readonly KeptAddress[], these: readonly KeptAddress[]): KeptAddress[] {
  const known = new Set(these.map((each) => JSON.stringify(each)))
  return those.filter((each) => !known.has(JSON.stringify(each)))
}

/** What will be seen when that is written: for the planners of the same plan. */
export function seenWithKept<Seen extends Pick<SeenHost, 'files'>>(
  network: string,
  wanted: readonly KeptAddress[],
  seen: Seen,
  facts: HostFacts,
): Seen {
  const files = new Map(seen.files).set(keptAddressesFile(facts.paths, network), formatKept(wanted))
  return { ...seen, files }
}

/** A line an address, so that a change shows as one. */
function formatKept(kept: readonly KeptAddress[]): string {
  const lines = [...kept]
    .sort((a, b) => (a.mac < b.mac ? -1 : 1))
    .map(({ mac, ip, ip6, machine }) => `  ${JSON.stringify({ mac, ip, ip6, machine })}`)
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`
}
