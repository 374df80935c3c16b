/** A network as a plain object for YAML and JSON, keys in the order people read them. */
import { netmaskFromPrefix } from '../core/address/ipv4.ts'
import type {
  AddressRange,
  DnsSpec,
  IpSpec,
  LeaseTime,
  NetworkSpec,
  Reservation,
  Reservation6,
  RouteSpec,
  VlanSpec,
} from '../core/network/spec.ts'
import { given } from '../libvirt/xml/given.ts'
import { proxyWords } from '../libvirt/xml/proxy-element.ts'
import { reachWords } from '../libvirt/xml/reach-element.ts'
import { firewallObject } from './firewall-yaml.ts'

export function networkObject(spec: NetworkSpec): Record<string, unknown> {
  const { name, uuid, mode, mac, mtu } = spec
  return {
    name,
    uuid,
    mode,
    ...given({
      device: spec.forwardDevice,
      devices: spec.devices,
      proxy: spec.proxied === undefined ? undefined : proxyWords(spec.proxied),
      hostReach: spec.hostReach === undefined ? undefined : reachWords(spec.hostReach),
      nat: spec.nat === undefined ? undefined : natObject(spec.nat),
      bridge: bridgeObject(spec),
      mac,
      mtu,
      domain: spec.domain === undefined ? undefined : domainObject(spec.domain),
      dns: spec.dns === undefined ? undefined : dnsObject(spec.dns),
    }),
    ...addressObject(spec.ips),
    ...given({
      routes: spec.routes.length === 0 ? undefined : spec.routes.map(routeObject),
      vlan: spec.vlan === undefined ? undefined : vlanObject(spec.vlan),
      bandwidth: spec.bandwidth,
      isolatedPorts: spec.portsAreIsolated,
      portgroups: spec.portgroups?.map((group) =>
        given({
          name: group.name,
          default: group.isDefault === true ? 'yes' : undefined,
          trustGuestRxFilters: yesNo(group.trustGuestRxFilters),
          vlan: group.vlan === undefined ? undefined : vlanObject(group.vlan),
          bandwidth: group.bandwidth,
        }),
      ),
      firewall: spec.firewall === undefined ? undefined : firewallObject(spec.firewall),
      dnsmasq: spec.dnsmasqOptions,
      ipv6: spec.guestIpv6,
      trustGuestRxFilters: spec.trustGuestRxFilters,
      xml: spec.kept.length === 0 ? undefined : spec.kept.map((kept) => kept.xml),
    }),
  }
}

function yesNo(value: boolean | undefined): string | undefined {
  if (value === undefined) return undefined
  return value ? 'yes' : 'no'
}

function natObject({ ipv6, addresses, ports }: NonNullable<NetworkSpec['nat']>): object {
  return given({
    ipv6,
    addresses: addresses === undefined ? undefined : span(addresses),
    ports: ports === undefined ? undefined : span(ports),
  })
}

function bridgeObject({ bridge, hostBridge }: NetworkSpec): object | string | undefined {
  if (bridge === undefined) return hostBridge
  const { name, stp, delaySeconds, macTableManager } = bridge
  return { name, stp, delay: delaySeconds, ...given({ macTableManager }) }
}

function domainObject({ name, isLocalOnly, register }: NonNullable<NetworkSpec['domain']>): object | string {
  const more = given({ localOnly: isLocalOnly, register })
  return Object.keys(more).length === 0 ? name : { name, ...more }
}

function dnsObject({ isEnabled, forwardsPlainNames, forwarders, txts, srvs, hosts }: DnsSpec): object {
  const listed = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list)
  return given({
    enable: isEnabled,
    forwardPlainNames: forwardsPlainNames,
    forwarders: listed(
      forwarders.map((each) =>
        each.domain === undefined && each.port === undefined ? each.address : given({ ...each }),
      ),
    ),
    txt: listed(txts),
    srv: listed(srvs),
    hosts: listed(hosts),
  })
}

/** One plain IPv4 address needs no list. */
function addressObject(ips: readonly IpSpec[]): object {
  const [first, second] = ips
  if (first === undefined) return {}
  const isPlain = second === undefined && first.family === 'ipv4' && first.tftpRoot === undefined
  if (isPlain && first.isFamilyWritten === undefined && first.hasLocalPtr === undefined)
    return ipObject(first)
  return { addresses: ips.map(ipObject) }
}

function ipObject(ip: IpSpec): object {
  const { address, prefix } = ip.cidr
  const { dhcp } = ip
  return {
    address: ip.prefixSpelling === 'prefix' ? `${address}/${String(prefix)}` : address,
    ...given({
      netmask: ip.prefixSpelling === 'netmask' ? netmaskFromPrefix(prefix) : undefined,
      family: ip.isFamilyWritten === true ? ip.family : undefined,
      localPtr: ip.hasLocalPtr,
      tftp: ip.family === 'ipv4' ? ip.tftpRoot : undefined,
      dhcp: dhcp === undefined ? undefined : dhcpObject(dhcp),
    }),
  }
}

function dhcpObject(dhcp: NonNullable<IpSpec['dhcp']>): object {
  const ranges = dhcp.ranges.map(rangeObject)
  return given({
    range: ranges.length > 1 ? ranges : ranges[0],
    hosts: dhcp.hosts.length === 0 ? undefined : dhcp.hosts.map(hostObject),
    bootp: 'bootp' in dhcp ? dhcp.bootp : undefined,
  })
}

function rangeObject(range: AddressRange<string>): object | string {
  return range.lease === undefined ? span(range) : { range: span(range), lease: leaseText(range.lease) }
}

function hostObject({ lease, ...host }: Reservation | Reservation6): object {
  return { ...host, ...given({ lease: lease === undefined ? undefined : leaseText(lease) }) }
}

function leaseText({ expiry, unit }: LeaseTime): string {
  return expiry === 0 ? 'forever' : `${String(expiry)} ${unit}`
}

/** One VLAN is its number. */
function vlanObject({ isTrunk, tags }: VlanSpec): object | number | undefined {
  const [only] = tags
  if (isTrunk !== true && only?.nativeMode === undefined) return only?.id
  return { ...given({ trunk: isTrunk }), tags }
}

function span({ start, end }: { readonly start: string | number; readonly end: string | number }): string {
  return `${String(start)}-${String(end)}`
}

function routeObject(route: RouteSpec): object {
  const { address, prefix } = route.destination
  return {
    to: route.prefixSpelling === 'prefix' ? `${address}/${String(prefix)}` : address,
    ...given({ netmask: route.prefixSpelling === 'netmask' ? netmaskFromPrefix(prefix) : undefined }),
    via: route.gateway,
    ...given({ metric: route.metric, family: route.isFamilyWritten === true ? route.family : undefined }),
  }
}
