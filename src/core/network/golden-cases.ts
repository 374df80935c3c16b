/**
 * Networks whose plans and files are kept in golden/ beside the code, and which the laws are checked with on a real kernel: what is
 * wanted, what runs already, and what somebody did to it by hand.
 */
import type { InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Address } from '../address/ipv4.ts'
import type { Ipv6Address } from '../address/ipv6.ts'
import { BOX, goldenCase, nicLink, onBridge, WEB, type GoldenCase } from './golden-case.ts'
import { MTU_CASES } from './golden-mtu.ts'
import {
  BOTH,
  DEFAULT,
  HOST_BRIDGE,
  LAB,
  MACVTAP,
  LIMITED,
  MACVTAP_POOL,
  network,
  OPEN,
  QUIET,
  RESERVED,
  ROUTED,
  SERVED,
  subnet6,
} from './golden-networks.ts'
import { formatRuleset } from './firewall/nft-ruleset.ts'

export const GOLDEN_CASES: readonly GoldenCase[] = [
  goldenCase('nat', 'the first network of a host: NAT, and forwarding is turned on', DEFAULT),
  goldenCase('isolated', 'guests reach each other and the host, and need no forwarding', QUIET),
  goldenCase(
    'no-address',
    'a plain switch: no address, no DHCP',
    network('plain', 'virbr3', 4, { mode: 'isolated' }),
  ),
  goldenCase('stp-off', 'a switch without spanning tree', {
    ...DEFAULT,
    bridge: { ...DEFAULT.bridge, stp: false },
  }),
  goldenCase('delay-5', 'a forward delay of five seconds', {
    ...DEFAULT,
    bridge: { ...DEFAULT.bridge, delaySeconds: 5 },
  }),
  goldenCase('route', 'guests reach the outside, and are reached, under their own addresses', ROUTED),
  goldenCase('route-device', 'routed through one link of the host only', {
    ...ROUTED,
    forwardDevice: 'eth0' as InterfaceName,
  }),
  goldenCase(
    'route-proxy',
    'guests have addresses of the LAN, and this host answers for them there',
    {
      ...ROUTED,
      forwardDevice: 'nic0' as InterfaceName,
      proxied: [
        { start: '10.78.0.10' as Ipv4Address, end: '10.78.0.11' as Ipv4Address },
        { start: '192.0.2.77' as Ipv4Address, end: '192.0.2.77' as Ipv4Address },
      ],
    },
    {
      disturb: [['ip', 'link', 'add', 'name', 'nic0', 'type', 'veth', 'peer', 'name', 'nic1']],
      tweak: (seen) => ({ ...seen, links: [...seen.links, nicLink('nic0', false), nicLink('nic1', false)] }),
    },
  ),
  goldenCase('open', 'no rules at all: whoever wants some makes them', OPEN),
  goldenCase('open-beside', 'an open network beside a guarded one adds nothing to the firewall', OPEN, {
    running: [DEFAULT],
  }),
  goldenCase('nat-range', 'guests look like a range of addresses and ports from outside', {
    ...DEFAULT,
    nat: {
      addresses: { start: '192.0.2.50' as Ipv4Address, end: '192.0.2.53' as Ipv4Address },
      ports: { start: 500, end: 1000 },
    },
  }),
  goldenCase(
    'nat-ports',
    "this host's own address, but few of its ports, beside another network",
    {
      ...LAB,
      nat: { ports: { start: 20_000, end: 29_999 } },
    },
    { running: [DEFAULT] },
  ),
  goldenCase('routes', 'a guest is the router to another network', {
    ...DEFAULT,
    routes: [
      {
        family: 'ipv4',
        destination: { address: '10.90.0.0' as Ipv4Address, prefix: 16 },
        prefixSpelling: 'prefix',
        gateway: '192.168.122.9' as Ipv4Address,
        metric: 5,
      },
    ],
  }),
  goldenCase('both-families', 'NAT for IPv4 and IPv6; guests make up their own IPv6 addresses', BOTH),
  goldenCase(
    'ipv6-beside',
    'forwarding of IPv6 is turned on beside a network that needs IPv4 only',
    {
      ...ROUTED,
      ips: [...ROUTED.ips, subnet6('2001:db8:78::1/64')],
    },
    { running: [DEFAULT] },
  ),
  goldenCase('isolated-ipv6', 'guests of an isolated network have IPv6 addresses, and no way out', {
    ...QUIET,
    ips: [...QUIET.ips, subnet6('fd77:3::1/64')],
  }),
  goldenCase('served', 'everything that dnsmasq can be told', SERVED),
  goldenCase('repair-address6', 'somebody switched the bridge off, and with it went its IPv6 address', BOTH, {
    running: [BOTH],
    disturb: [['ip', 'link', 'set', 'dev', 'virbr0', 'down']],
    tweak: onBridge('virbr0', { ipv6: [], isUp: false }),
  }),
  goldenCase('mtu', 'packets of 1400 bytes at most', { ...DEFAULT, mtu: 1400 }),
  goldenCase('bandwidth', 'guests together receive 1 MB/s, bursts at 5, and send 128 kB/s', LIMITED),
  goldenCase('repair-bandwidth', 'somebody took the queue away', LIMITED, {
    running: [LIMITED],
    disturb: [['tc', 'qdisc', 'delete', 'dev', 'virbr0', 'root']],
    tweak: (seen) => ({
      ...seen,
      queues: seen.queues?.filter(({ interface: name }) => name !== 'virbr0') ?? [],
    }),
  }),
  goldenCase(
    'host-bridge',
    'guests are plugged into a bridge of the host: nothing is made but a mark',
    HOST_BRIDGE,
    {
      disturb: [['ip', 'link', 'add', 'name', 'br0', 'type', 'bridge']],
    },
  ),
  goldenCase('macvtap', "guests would sit on one of the host's NICs: nothing is made but a mark", MACVTAP),
  goldenCase(
    'macvtap-host',
    'guests on a NIC and their host reach each other, and the LAN hears nothing of it',
    {
      ...MACVTAP,
      mode: 'bridge',
      devices: ['nic0' as InterfaceName],
      hostReach: [
        { address: '192.0.2.224' as Ipv4Address, prefix: 28 },
        { address: '2001:db8::e0' as Ipv6Address, prefix: 124 },
      ],
    },
    {
      disturb: [
        ['ip', 'link', 'add', 'name', 'nic0', 'type', 'veth', 'peer', 'name', 'nic1'],
        ['ip', 'address', 'add', '192.0.2.10/24', 'dev', 'nic0'],
        ['ip', 'address', 'add', '2001:db8::10/64', 'dev', 'nic0', 'nodad'],
        ['ip', 'link', 'set', 'dev', 'nic0', 'up'],
        ['ip', 'link', 'set', 'dev', 'nic1', 'up'],
      ],
      tweak: (seen) => ({
        ...seen,
        links: [
          ...seen.links,
          {
            ...nicLink('nic0', true),
            ipv4: [{ address: '192.0.2.10' as Ipv4Address, prefix: 24 }],
            ipv6: [{ address: '2001:db8::10' as Ipv6Address, prefix: 64 }],
          },
        ],
      }),
    },
  ),
  goldenCase('macvtap-pool', 'a pool of two NICs, one of which is off: it is switched on', MACVTAP_POOL, {
    disturb: [
      ['ip', 'link', 'add', 'name', 'nic0', 'type', 'veth', 'peer', 'name', 'nic1'],
      ['ip', 'link', 'set', 'dev', 'nic0', 'up'],
    ],
    tweak: (seen) => ({ ...seen, links: [...seen.links, nicLink('nic0', true), nicLink('nic1', false)] }),
  }),
  goldenCase('second', 'beside a running network: elements only', LAB, { running: [DEFAULT] }),
  goldenCase('reservations', 'a domain of its own, and guests known in advance', RESERVED, {
    ports: [WEB, BOX],
  }),
  goldenCase('forward-device', 'out through one link only', {
    ...DEFAULT,
    forwardDevice: 'uplink0' as InterfaceName,
  }),
  goldenCase('repair-nothing', 'all is as wanted: nothing to do', DEFAULT, { running: [DEFAULT] }),
  goldenCase('repair-address', 'somebody removed the address and switched the bridge off', DEFAULT, {
    running: [DEFAULT],
    disturb: [
      ['ip', 'address', 'delete', '192.168.122.1/24', 'dev', 'virbr0'],
      ['ip', 'link', 'set', 'dev', 'virbr0', 'down'],
    ],
    tweak: onBridge('virbr0', { ipv4: [], isUp: false }),
  }),
  goldenCase('repair-flush', 'somebody flushed the firewall with two networks running', DEFAULT, {
    running: [DEFAULT, QUIET],
    disturb: [['nft', 'flush', 'ruleset']],
    tweak: (seen) => ({ ...seen, firewall: undefined }),
  }),
  goldenCase('repair-rule', "somebody flushed one of weft's chains", DEFAULT, {
    running: [DEFAULT],
    disturb: [['nft', 'flush', 'chain', 'inet', 'weft', 'to_nat']],
    tweak: (seen) => ({
      ...seen,
      firewall: formatRuleset([DEFAULT]).replace('chain to_nat {\n\t\treject\n', 'chain to_nat {\n'),
    }),
  }),
  goldenCase('repair-stp', 'somebody switched STP off and changed the delay', DEFAULT, {
    running: [DEFAULT],
    disturb: [
      ['ip', 'link', 'set', 'dev', 'virbr0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '700'],
    ],
    tweak: onBridge('virbr0', { bridge: { stp: false, forwardDelaySeconds: 7, id: '8000.525400b8c991' } }),
  }),
  goldenCase('repair-forwarding', 'somebody turned forwarding off', DEFAULT, {
    running: [DEFAULT],
    disturb: [['sysctl', '-q', '-w', 'net.ipv4.ip_forward=0']],
    tweak: (seen) => ({ ...seen, ipForward: false }),
  }),
  ...MTU_CASES,
]
