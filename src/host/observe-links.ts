/** Links with their addresses, as `ip -j -d addr show` tells them. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { parseIpv4Cidr, type Ipv4Cidr } from '../core/address/ipv4.ts'
import { parseIpv6Cidr, type Ipv6Cidr } from '../core/address/ipv6.ts'
import type { SeenLink } from '../core/host/link.ts'
import { readOnce } from '../core/host/read-once.ts'
import type { IpShell } from './ip-shell.ts'

/** The part of iproute2's JSON that weft reads. */
export interface RawLink {
  readonly ifindex: number
  readonly ifname: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly master?: string
  /** What it sits on; a number when that is in another namespace. */
  readonly link?: string
  /** Given where `link` is in another namespace. */
  readonly link_netnsid?: number
  readonly address?: string
  readonly ifalias?: string
  readonly qdisc?: string
  readonly linkinfo?: {
    readonly info_kind?: string
    readonly info_data?: Readonly<Record<string, unknown>>
    readonly info_slave_data?: { readonly state?: string }
  }
  readonly addr_info: readonly {
    readonly family: string
    readonly local: string
    readonly address?: string
    readonly prefixlen: number
    readonly scope: string
    readonly dynamic?: boolean
    readonly broadcast?: string
  }[]
}

export async function listLinks(ip: IpShell): Promise<readonly RawLink[]> {
  const links = (await ip.show('addr show')) as readonly Partial<RawLink>[]
  // A link that goes away while ip lists leaves an empty object.
  return links.filter((link): link is RawLink => link.ifname !== undefined)
}

/** One link; undefined when it is not there. */
export async function findLink(ip: IpShell, name: string): Promise<RawLink | undefined> {
  const found = (await ip.find(`addr show dev ${name}`, name)) as readonly Partial<RawLink>[] | undefined
  return found?.find((link): link is RawLink => link.ifname !== undefined)
}

/** A link that has not changed since the last look is the same object: three hundred are not read again for one. */
const seenLink = readOnce(readLink)

export const seenLinks = readOnce((links: readonly RawLink[]): readonly SeenLink[] => links.map(seenLink))

export function readLink(raw: RawLink): SeenLink {
  const kind = raw.linkinfo?.info_kind
  return {
    index: raw.ifindex,
    name: raw.ifname as InterfaceName,
    kind,
    mac: raw.address,
    mtu: raw.mtu,
    isUp: raw.flags.includes('UP'),
    hasCarrier: raw.flags.includes('LOWER_UP'),
    master: raw.master as InterfaceName | undefined,
    alias: raw.ifalias,
    ipv4: raw.addr_info.flatMap((address) => ipv4Of(address)),
    ipv6: raw.addr_info.flatMap((address) => ipv6Of(address)),
    bridge: kind === 'bridge' ? bridgeFacts(raw) : undefined,
    ...(kind === 'macvtap' || kind === 'macvlan' ? { sitsOn: seatOf(raw) } : {}),
    portState: raw.linkinfo?.info_slave_data?.state,
  }
}

function seatOf(raw: RawLink): NonNullable<SeenLink['sitsOn']> {
  return { device: (raw.link ?? '') as InterfaceName, mode: macvlanMode(raw) }
}

export const macvlanMode = ({ linkinfo }: RawLink): string => String(linkinfo?.info_data?.['mode'])

function ipv4Of({ family, local, prefixlen }: RawLink['addr_info'][number]): Ipv4Cidr[] {
  const cidr = family === 'inet' ? parseIpv4Cidr(`${local}/${prefixlen}`) : undefined
  return cidr === undefined ? [] : [cidr]
}

function ipv6Of({ family, scope, local, prefixlen }: RawLink['addr_info'][number]): Ipv6Cidr[] {
  const cidr = family === 'inet6' && scope !== 'link' ? parseIpv6Cidr(`${local}/${prefixlen}`) : undefined
  return cidr === undefined ? [] : [cidr]
}

export function bridgeFacts(raw: RawLink): NonNullable<SeenLink['bridge']> {
  const data = raw.linkinfo?.info_data ?? {}
  const [priority = '', ...mac] = String(data['bridge_id']).split(/[.:]/)
  return {
    stp: data['stp_state'] !== 0,
    // The kernel counts in hundredths.
    forwardDelaySeconds: Number(data['forward_delay']) / 100,
    ...(data['vlan_filtering'] === 1 ? { isVlanAware: true } : {}),
    // `ip` leaves the zeros out of each pair: 8000.52:54:0:b8:c9:9d.
    id: `${priority}.${mac.map((pair) => pair.padStart(2, '0')).join('')}`,
  }
}
