/** Networks with firewalls whose tables are kept in golden/, and which the laws are checked with. */
import type { InterfaceName } from '../../address/interface-name.ts'
import { parseIpv4Cidr, type Ipv4Address } from '../../address/ipv4.ts'
import { parseIpv6Cidr } from '../../address/ipv6.ts'
import type { MacAddress } from '../../address/mac.ts'
import { WeftError } from '../../errors.ts'
import { BOTH, DEFAULT } from '../golden-networks.ts'
import type { PortSpec } from '../port.ts'
import type { NetworkSpec, SwitchedNetwork } from '../spec.ts'
import type { IpCidr, Rule } from './firewall-spec.ts'

function cidr(text: string): IpCidr {
  const v4 = parseIpv4Cidr(text)
  const v6 = parseIpv6Cidr(text)
  if (v4 !== undefined) return { family: 'ipv4', ...v4 }
  if (v6 !== undefined) return { family: 'ipv6', ...v6 }
  throw new WeftError('internal', `'${text}' is no subnet`)
}

const allowIn = { verdict: 'allow', direction: 'in' } as const
const SSH: Rule = {
  ...allowIn,
  protocol: 'tcp',
  ports: [{ start: 22, end: 22 }],
  peer: {
    kind: 'addresses',
    addresses: [cidr('192.168.122.0/24'), cidr('10.0.0.1/32'), cidr('fd77:122::/64')],
  },
}

/** No guest can pass for another. */
export const PINNED: NetworkSpec = {
  ...BOTH,
  routes: [
    {
      family: 'ipv4',
      destination: { address: '10.90.0.0' as Ipv4Address, prefix: 16 },
      prefixSpelling: 'prefix',
      gateway: '192.168.122.10' as Ipv4Address,
    },
  ],
  firewall: { antiSpoofing: 'address', rules: [], groups: [], guests: [] },
}

/** Everything there is: lists of the network, of groups, of a guest. */
export const GUARDED: SwitchedNetwork = {
  ...DEFAULT,
  firewall: {
    in: 'deny',
    rules: [SSH, { ...allowIn, protocol: 'icmp' }],
    groups: [
      {
        name: 'web',
        members: ['box', 'web2'],
        rules: [
          {
            ...allowIn,
            protocol: 'tcp',
            ports: [
              { start: 80, end: 80 },
              { start: 8000, end: 8100 },
            ],
          },
        ],
      },
    ],
    guests: [
      {
        name: 'db',
        out: 'deny',
        rules: [
          {
            ...allowIn,
            protocol: 'tcp',
            ports: [{ start: 5432, end: 5432 }],
            peer: { kind: 'group', name: 'web' },
          },
          { verdict: 'deny', direction: 'in', protocol: 'any', peer: { kind: 'guest', name: 'web2' } },
        ],
      },
      { name: 'router', antiSpoofing: 'none', rules: [] },
    ],
  },
}

/** The same network with a list of rules less, one more rule elsewhere, and senders let be. */
export const LOOSER: SwitchedNetwork = {
  ...DEFAULT,
  firewall: {
    antiSpoofing: 'none',
    out: 'deny',
    rules: [SSH],
    groups: [{ name: 'web', members: ['box'], rules: [] }],
    guests: [],
  },
}

const port = (number: number, name: string, more: Partial<PortSpec> = {}): PortSpec => ({
  network: 'default',
  interface: `vnet${String(number)}` as InterfaceName,
  mac: `52:54:00:00:00:0${String(number)}` as MacAddress,
  hostName: name,
  ...more,
})

export interface GoldenGuard {
  readonly name: string
  readonly network: NetworkSpec
  readonly ports: readonly PortSpec[]
}

export const GOLDEN_GUARDS: readonly GoldenGuard[] = [
  {
    name: 'addresses',
    network: PINNED,
    ports: [
      port(0, 'gateway', { ip: '192.168.122.10' as Ipv4Address }),
      port(1, 'box'),
      port(2, 'web', { ip: '192.168.122.20' as Ipv4Address }),
    ],
  },
  {
    name: 'rules',
    network: GUARDED,
    ports: [port(0, 'box'), port(1, 'db'), port(2, 'router'), port(3, 'web2'), port(4, 'other')],
  },
]
