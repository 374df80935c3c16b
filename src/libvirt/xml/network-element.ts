/** libvirt's `<network>` element: what weft reads and writes of it, in libvirt's order, and what it knows but does not do yet. */
import type { ElementData, ElementShape } from './element-shape.ts'

const RANGE = { attributes: ['start', 'end'], isMany: true, notYet: ['lease'] } as const
const HOST = { attributes: ['mac', 'name', 'ip'], isMany: true, notYet: ['id', 'lease'] } as const

const IP = {
  attributes: ['family', 'address', 'netmask', 'prefix'],
  children: { dhcp: { children: { range: RANGE, host: HOST }, notYet: ['bootp'] } },
  notYet: ['tftp', 'localPtr'],
  isMany: true,
  neverSelfCloses: true,
} as const

const FORWARD = {
  attributes: ['dev', 'mode'],
  children: {
    nat: {
      attributes: ['ipv6'],
      children: { port: { attributes: ['start', 'end'] } },
      notYet: ['address'],
    },
    interface: { attributes: ['dev'], isMany: true, ignored: /^connections$/ },
  },
  notYet: ['managed', 'driver', 'pf', 'address'],
} as const

export const NETWORK_ELEMENT = {
  children: {
    name: 'text',
    uuid: 'text',
    title: 'kept',
    description: 'kept',
    metadata: 'kept',
    forward: FORWARD,
    bridge: { attributes: ['name', 'stp', 'delay'], notYet: ['zone', 'macTableManager'] },
    mac: { attributes: ['address'] },
    domain: { attributes: ['name', 'localOnly'], notYet: ['register'] },
    ip: IP,
  },
  notYet: [
    'ipv6',
    'trustGuestRxFilters',
    'mtu',
    'dns',
    'vlan',
    'bandwidth',
    'port',
    'route',
    'virtualport',
    'portgroup',
    'dnsmasq:options',
  ],
  // libvirt writes how many guests are plugged in and ignores it when it reads; a name space declared for nothing says nothing.
  ignored: /^(connections|xmlns:dnsmasq)$/,
} as const satisfies ElementShape

export type NetworkData = ElementData<typeof NETWORK_ELEMENT>
export type IpData = NonNullable<NetworkData['ip']>[number]
export type ForwardData = NonNullable<NetworkData['forward']>
