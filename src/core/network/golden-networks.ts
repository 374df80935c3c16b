/** The networks that golden-cases.ts starts, stops and repairs. */
import type { InterfaceName } from '../address/interface-name.ts'
import { ipv4Bounds, ipv4FromNumber, parseIpv4Cidr, type Ipv4Address } from '../address/ipv4.ts'
import { parseIpv6Cidr, type Ipv6Address } from '../address/ipv6.ts'
import type { MacAddress } from '../address/mac.ts'
import { WeftError } from '../errors.ts'
import type { Ipv4Spec, Ipv6Spec, NetworkSpec, SwitchedNetwork } from './spec.ts'

export function network(
  name: string,
  bridge: string,
  last: number,
  more: Partial<SwitchedNetwork> = {},
): SwitchedNetwork {
  return {
    name,
    uuid: `927f4393-3e4e-4a94-9e42-67c4ebe4555${String(last)}`,
    mode: 'nat',
    bridge: { name: bridge as InterfaceName, stp: true, delaySeconds: 0 },
    mac: `52:54:00:b8:c9:9${String(last)}` as MacAddress,
    ips: [],
    routes: [],
    kept: [],
    ...more,
  }
}

export function subnet(address: string): { ips: [Ipv4Spec] } {
  const cidr = parseIpv4Cidr(address)
  if (cidr === undefined) throw new WeftError('internal', `'${address}' is no subnet`)
  const { first, last } = ipv4Bounds(cidr)
  const range = { start: ipv4FromNumber(first + 2), end: ipv4FromNumber(last - 1) }
  return { ips: [{ family: 'ipv4', cidr, prefixSpelling: 'netmask', dhcp: { ranges: [range], hosts: [] } }] }
}

export const DEFAULT = network('default', 'virbr0', 1, subnet('192.168.122.1/24'))
export const LAB = network('lab', 'virbr1', 2, subnet('192.168.150.1/24'))
export const QUIET = network('quiet', 'virbr2', 3, { mode: 'isolated', ...subnet('10.77.0.1/16') })

export const RESERVED = {
  ...LAB,
  domain: { name: 'lab.example', isLocalOnly: true },
  ips: [
    {
      ...subnet('192.168.150.1/24').ips[0],
      dhcp: {
        ranges: [{ start: '192.168.150.100' as Ipv4Address, end: '192.168.150.200' as Ipv4Address }],
        hosts: [
          {
            mac: '52:54:00:00:00:07' as MacAddress,
            name: 'printer',
            ip: '192.168.150.7' as Ipv4Address,
          },
          { mac: '52:54:00:00:00:08' as MacAddress, name: 'scanner' },
        ],
      },
    },
  ],
}

export const ROUTED = network('routed', 'virbr4', 5, { mode: 'route', ...subnet('10.78.0.1/24') })
export const OPEN = network('open', 'virbr5', 6, { mode: 'open', ...subnet('10.79.0.1/24') })

export function subnet6(address: string, more: Partial<Ipv6Spec> = {}): Ipv6Spec {
  const cidr = parseIpv6Cidr(address)
  if (cidr === undefined) throw new WeftError('internal', `'${address}' is no subnet`)
  return { family: 'ipv6', cidr, prefixSpelling: 'prefix', ...more }
}

export const BOTH = {
  ...DEFAULT,
  nat: { ipv6: true },
  ips: [...DEFAULT.ips, subnet6('fd77:122::1/64')],
} satisfies NetworkSpec

/** Everything dnsmasq can be told. */
export const SERVED: SwitchedNetwork = {
  ...BOTH,
  mtu: 1400,
  domain: { name: 'lab.example', isLocalOnly: true },
  dns: {
    forwardsPlainNames: false,
    forwarders: [
      { address: '192.0.2.1' as Ipv4Address },
      { domain: 'corp.example', address: '198.51.100.10' as Ipv4Address },
      { domain: 'open.example' },
    ],
    txts: [{ name: 'example', value: 'example value' }],
    srvs: [
      {
        service: 'ldap',
        protocol: 'tcp',
        domain: 'lab.example',
        target: 'a.lab.example',
        port: 389,
        weight: 20,
      },
      { service: 'nosvc', protocol: 'tcp' },
    ],
    hosts: [{ ip: '192.168.122.2' as Ipv4Address, names: ['myhost', 'myalias'] }],
  },
  ips: [
    {
      ...subnet('192.168.122.1/24').ips[0],
      hasLocalPtr: true,
      tftpRoot: '/srv/tftp',
      dhcp: {
        ranges: [
          {
            start: '192.168.122.100' as Ipv4Address,
            end: '192.168.122.199' as Ipv4Address,
            lease: { expiry: 2, unit: 'hours' },
          },
        ],
        hosts: [
          {
            mac: '52:54:00:00:00:07' as MacAddress,
            ip: '192.168.122.7' as Ipv4Address,
            lease: { expiry: 0, unit: 'minutes' },
          },
          { name: 'byname', ip: '192.168.122.8' as Ipv4Address },
        ],
        bootp: { file: 'pxelinux.0', server: '192.168.122.1' as Ipv4Address },
      },
    },
    subnet6('fd77:122::1/64', {
      hasLocalPtr: true,
      dhcp: {
        ranges: [{ start: 'fd77:122::100' as Ipv6Address, end: 'fd77:122::1ff' as Ipv6Address }],
        hosts: [
          { id: '0:3:0:1:52:54:0:77:5:10', name: 'web', ip: 'fd77:122::10' as Ipv6Address },
          { name: 'byname6', ip: 'fd77:122::12' as Ipv6Address },
        ],
      },
    }),
  ],
  dnsmasqOptions: ['cname=alias.lab.example,web.lab.example'],
}

/** Guests are plugged into what the host has already. */
const BORROWED = {
  name: 'lan',
  uuid: '927f4393-3e4e-4a94-9e42-67c4ebe45557',
  ips: [],
  routes: [],
  kept: [],
} satisfies Partial<NetworkSpec>
export const HOST_BRIDGE: NetworkSpec = { ...BORROWED, mode: 'bridge', hostBridge: 'br0' as InterfaceName }
export const MACVTAP: NetworkSpec = { ...BORROWED, mode: 'private', devices: ['eth0' as InterfaceName] }
export const MACVTAP_POOL: NetworkSpec = {
  ...BORROWED,
  mode: 'bridge',
  devices: ['nic0' as InterfaceName, 'nic1' as InterfaceName],
}

export const LIMITED = {
  ...DEFAULT,
  bandwidth: { inbound: { average: 1000, peak: 5000, burst: 1024 }, outbound: { average: 128 } },
  portgroups: [
    { name: 'slow', isDefault: true, bandwidth: { inbound: { average: 250 }, outbound: { average: 125 } } },
    { name: 'free' },
  ],
} satisfies SwitchedNetwork
