/** libvirt's `<network>` element: what weft reads and writes of it, in libvirt's order, and what it refuses, with the reason. */
import type { ElementData, ElementShape } from './element-shape.ts'

const HOSTDEV = 'handing a whole PCI device to a guest (hostdev) is not done by weft'
const VIRTUALPORT = 'it is for Open vSwitch and for switches that speak 802.1Qbg or 802.1Qbh'
const FLOOR = 'only a NIC can have a floor, and weft promises none'

const RATE = { attributes: ['average', 'peak', 'burst'], refused: { floor: FLOOR } } as const
const BANDWIDTH = { children: { inbound: RATE, outbound: RATE } } as const

const VLAN = {
  attributes: ['trunk'],
  children: { tag: { attributes: ['id', 'nativeMode'], isMany: true } },
} as const

const LEASE = { attributes: ['expiry', 'unit'] } as const
const RANGE = { attributes: ['start', 'end'], children: { lease: LEASE }, isMany: true } as const
const HOST = { attributes: ['mac', 'id', 'name', 'ip'], children: { lease: LEASE }, isMany: true } as const

const IP = {
  attributes: ['family', 'address', 'netmask', 'prefix', 'localPtr'],
  children: {
    tftp: { attributes: ['root'] },
    dhcp: { children: { range: RANGE, host: HOST, bootp: { attributes: ['file', 'server'] } } },
  },
  isMany: true,
  neverSelfCloses: true,
} as const

const FORWARD = {
  attributes: ['dev', 'mode'],
  children: {
    nat: {
      attributes: ['ipv6'],
      children: { address: { attributes: ['start', 'end'] }, port: { attributes: ['start', 'end'] } },
    },
    interface: { attributes: ['dev'], isMany: true, ignored: /^connections$/ },
  },
  refused: { managed: HOSTDEV, driver: HOSTDEV, pf: HOSTDEV, address: HOSTDEV },
} as const

const DNS = {
  attributes: ['enable', 'forwardPlainNames'],
  children: {
    forwarder: { attributes: ['domain', 'addr', 'port'], isMany: true },
    txt: { attributes: ['name', 'value'], isMany: true },
    srv: {
      attributes: ['service', 'protocol', 'domain', 'target', 'port', 'priority', 'weight'],
      isMany: true,
    },
    host: { attributes: ['ip'], children: { hostname: 'texts' }, isMany: true },
  },
} as const

const ROUTE = {
  attributes: ['family', 'address', 'netmask', 'prefix', 'gateway', 'metric'],
  isMany: true,
} as const

const PORTGROUP = {
  attributes: ['name', 'default', 'trustGuestRxFilters'],
  children: { vlan: VLAN, bandwidth: BANDWIDTH },
  isMany: true,
  neverSelfCloses: true,
  refused: { virtualport: VIRTUALPORT },
} as const

export const NETWORK_ELEMENT = {
  attributes: ['xmlns:dnsmasq', 'ipv6', 'trustGuestRxFilters'],
  children: {
    name: 'text',
    uuid: 'text',
    title: 'kept',
    description: 'kept',
    metadata: 'kept',
    forward: FORWARD,
    bridge: {
      attributes: ['name', 'stp', 'delay', 'macTableManager'],
      refused: { zone: 'weft guards its networks itself, without firewalld' },
    },
    mtu: { attributes: ['size'] },
    mac: { attributes: ['address'] },
    domain: { attributes: ['name', 'localOnly', 'register'] },
    dns: DNS,
    vlan: VLAN,
    bandwidth: BANDWIDTH,
    port: { attributes: ['isolated'] },
    ip: IP,
    route: ROUTE,
    portgroup: PORTGROUP,
    'dnsmasq:options': { children: { 'dnsmasq:option': { attributes: ['value'], isMany: true } } },
  },
  refused: { virtualport: VIRTUALPORT },
  // libvirt writes how many guests are plugged in and ignores it when it reads.
  ignored: /^connections$/,
} as const satisfies ElementShape

export const DNSMASQ_NAMESPACE = 'http://libvirt.org/schemas/network/dnsmasq/1.0'

export type NetworkData = ElementData<typeof NETWORK_ELEMENT>
export type IpData = NonNullable<NetworkData['ip']>[number]
export type ForwardData = NonNullable<NetworkData['forward']>
export type DnsData = NonNullable<NetworkData['dns']>
export type RouteData = NonNullable<NetworkData['route']>[number]
export type BandwidthData = ElementData<typeof BANDWIDTH>
export type VlanData = ElementData<typeof VLAN>
export type LeaseData = ElementData<typeof LEASE>
