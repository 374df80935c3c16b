/** Reservations and ranges of a definition, added, changed or taken out. */
import { WeftError } from '../../errors.ts'
import type { Dhcp6Spec, DhcpSpec, IpSpec, NetworkSpec } from '../spec.ts'
import { changeList, incomplete, isWithin, sharesWord, wordsOf, type ListRules } from './change-list.ts'
import type { HostEntry, NetworkUpdate, RangeEntry, UpdateIn } from './sections.ts'

const [byMac, byId, byName, byIp] = [
  sharesWord('mac'),
  sharesWord('id'),
  sharesWord('name'),
  sharesWord('ip'),
] as const

const HOSTS: ListRules<HostEntry, HostEntry> = {
  what: 'reservation',
  clashes: (one, other) => [byMac, byId, byName, byIp].some((isSame) => isSame(one, other)),
  finds: [byMac, byId, byName, byIp],
  matches: isWithin,
  text: wordsOf,
}

export function changeDhcpHosts(spec: NetworkSpec, update: UpdateIn<'ip-dhcp-host'>): NetworkSpec {
  const { command, entry, isPartial } = update
  if (Object.keys(entry).length === 0) throw incomplete(update, 'give the MAC of a guest, or its name')
  const ip = chooseIp(spec, update, familyOfHost(spec, entry))
  refuseWrongKey(entry, ip)
  const complete = (before: HostEntry | undefined): HostEntry =>
    isPartial === true ? { ...before, ...entry } : entry
  const change = { network: spec.name, command, pattern: entry, complete }
  const hosts = changeList<HostEntry, HostEntry>(ip.dhcp?.hosts ?? [], change, HOSTS)
  return withDhcp(spec, ip, { hosts: hosts as DhcpSpec['hosts'] & Dhcp6Spec['hosts'] })
}

/** What is known of the guest tells; a name alone may be in either list. */
function familyOfHost({ ips }: NetworkSpec, { ip, id, mac, name }: HostEntry): IpSpec['family'] {
  if (ip?.includes(':') === true || id !== undefined) return 'ipv6'
  if (ip !== undefined || mac !== undefined) return 'ipv4'
  const known = ips.find(({ dhcp }) => dhcp?.hosts.some((host) => host.name === name))
  return known?.family ?? 'ipv4'
}

function refuseWrongKey({ mac, id }: HostEntry, { family }: IpSpec): void {
  const [given, instead] =
    family === 'ipv6' ? [mac, 'their DUID, as id=...'] : [id, 'their MAC, or their name']
  if (given === undefined) return
  throw new WeftError(
    'invalid-argument',
    `'${given}' is not what ${family === 'ipv6' ? 'IPv6' : 'IPv4'} knows guests by`,
    { hint: `guests are known by ${instead}` },
  )
}

export function changeDhcpRanges(spec: NetworkSpec, update: UpdateIn<'ip-dhcp-range'>): NetworkSpec {
  const { command, entry, isPartial } = update
  if (Object.keys(entry).length === 0) throw incomplete(update, 'a range has a start and an end')
  const isIpv6 = [entry.start, entry.end].some((address) => address?.includes(':') === true)
  const ip = chooseIp(spec, update, isIpv6 ? 'ipv6' : 'ipv4')
  const ranges: readonly RangeEntry[] = ip.dhcp?.ranges ?? []
  const rules: ListRules<RangeEntry, RangeEntry> = {
    what: 'range',
    clashes: (one, other) => one.start === other.start && one.end === other.end,
    // Of one range there is no doubt which is meant.
    finds: [sharesWord('start'), sharesWord('end'), () => ranges.length === 1],
    matches: isWithin,
    text: wordsOf,
  }
  const complete = (before: RangeEntry | undefined): RangeEntry => {
    const whole = isPartial === true ? { ...before, ...entry } : entry
    if (whole.start === undefined || whole.end === undefined)
      throw incomplete(update, 'a range has a start and an end')
    return whole
  }
  const change = { network: spec.name, command, pattern: entry, complete }
  const changed = changeList(ranges, change, rules)
  return withDhcp(spec, ip, { ranges: changed as DhcpSpec['ranges'] & Dhcp6Spec['ranges'] })
}

function chooseIp(spec: NetworkSpec, { parentIndex }: NetworkUpdate, family: IpSpec['family']): IpSpec {
  const candidates = spec.ips.filter((ip) => ip.family === family)
  const chosen =
    parentIndex === undefined || parentIndex < 0
      ? (candidates.find(({ dhcp }) => dhcp !== undefined) ?? candidates[0])
      : spec.ips[parentIndex]
  if (chosen !== undefined) return chosen
  const what = family === 'ipv4' ? 'IPv4' : 'IPv6'
  const message =
    parentIndex === undefined || parentIndex < 0
      ? `network '${spec.name}' has no ${what} address: there is no subnet to give addresses of`
      : `network '${spec.name}' has no address number ${String(parentIndex)}`
  throw new WeftError('invalid-argument', message, { hint: `weft net show ${spec.name} --xml` })
}

/** With nothing in it DHCP is off. */
function withDhcp(spec: NetworkSpec, ip: IpSpec, parts: Partial<DhcpSpec & Dhcp6Spec>): NetworkSpec {
  const { dhcp: before, ...rest } = ip
  const dhcp = { ranges: [], hosts: [], ...before, ...parts }
  const isEmpty = dhcp.ranges.length + dhcp.hosts.length === 0 && !('bootp' in dhcp)
  const changed = (isEmpty ? rest : { ...rest, dhcp }) as IpSpec
  return { ...spec, ips: spec.ips.map((each) => (each === ip ? changed : each)) }
}
