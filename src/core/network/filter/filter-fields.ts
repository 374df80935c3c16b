/** The protocols of a filter's rules with their attributes, in the order in which libvirt prints them. */
import type { ValueKind } from './filter-values.ts'

export type Fields = Readonly<Record<string, ValueKind>>

const MACS: Fields = { srcmacaddr: 'mac', srcmacmask: 'mac', dstmacaddr: 'mac', dstmacmask: 'mac' }

const PORTS: Fields = { srcportstart: 'port', srcportend: 'port', dstportstart: 'port', dstportend: 'port' }

const ARP: Fields = {
  ...MACS,
  hwtype: 'word',
  protocoltype: 'word',
  opcode: 'operation',
  arpsrcmacaddr: 'mac',
  arpdstmacaddr: 'mac',
  arpsrcipaddr: 'ip4',
  arpsrcipmask: 'mask4',
  arpdstipaddr: 'ip4',
  arpdstipmask: 'mask4',
  gratuitous: 'truth',
  comment: 'text',
}

const ends = (address: 'ip4' | 'ip6', mask: 'mask4' | 'mask6'): Fields => ({
  srcipaddr: address,
  srcipmask: mask,
  dstipaddr: address,
  dstipmask: mask,
})

/** Number-valued fields of a bridge's own frames may be ranges: `root-cost` to `root-cost-hi`. */
const upTo = (name: string, kind: ValueKind): Fields => ({ [name]: kind, [`${name}-hi`]: kind })

/** Matched on frames. */
export const ETHERNET_FIELDS: Readonly<Record<string, Fields>> = {
  mac: { ...MACS, protocolid: 'ethernetType', comment: 'text' },
  vlan: { ...MACS, vlanid: 'vlan', 'encap-protocol': 'ethernetType', comment: 'text' },
  stp: {
    srcmacaddr: 'mac',
    srcmacmask: 'mac',
    type: 'byte',
    flags: 'byte',
    ...upTo('root-priority', 'word'),
    'root-address': 'mac',
    'root-address-mask': 'mac',
    ...upTo('root-cost', 'long'),
    ...upTo('sender-priority', 'word'),
    'sender-address': 'mac',
    'sender-address-mask': 'mac',
    ...upTo('port', 'word'),
    ...upTo('age', 'word'),
    ...upTo('max-age', 'word'),
    ...upTo('hello-time', 'word'),
    ...upTo('forward-delay', 'word'),
    comment: 'text',
  },
  arp: ARP,
  rarp: ARP,
  ip: {
    ...MACS,
    ...ends('ip4', 'mask4'),
    protocol: 'ipProtocol',
    ...PORTS,
    dscp: 'dscp',
    comment: 'text',
  },
  ipv6: {
    ...MACS,
    ...ends('ip6', 'mask6'),
    protocol: 'ipProtocol',
    ...PORTS,
    type: 'byte',
    typeend: 'byte',
    code: 'byte',
    codeend: 'byte',
    comment: 'text',
  },
}

const common = (address: 'ip4' | 'ip6', mask: 'mask4' | 'mask6', more: Fields): Fields => ({
  srcmacaddr: 'mac',
  ...ends(address, mask),
  srcipfrom: address,
  srcipto: address,
  dstipfrom: address,
  dstipto: address,
  dscp: 'dscp',
  'connlimit-above': 'word',
  state: 'states',
  ipset: 'text',
  ipsetflags: 'text',
  ...more,
  comment: 'text',
})

const OF_EACH: Readonly<Record<string, Fields>> = {
  tcp: { ...PORTS, option: 'byte', flags: 'flags' },
  udp: PORTS,
  udplite: {},
  sctp: PORTS,
  esp: {},
  ah: {},
  all: {},
}
const ICMP: Fields = { type: 'byte', code: 'byte' }

const both = ([name, more]: [string, Fields]): [string, Fields][] => [
  [name, common('ip4', 'mask4', more)],
  [`${name}-ipv6`, common('ip6', 'mask6', more)],
]

/** Matched on packets of IP, after all that is about frames. */
export const IP_FIELDS: Readonly<Record<string, Fields>> = {
  ...Object.fromEntries(Object.entries(OF_EACH).flatMap(both)),
  icmp: common('ip4', 'mask4', ICMP),
  igmp: common('ip4', 'mask4', {}),
  icmpv6: common('ip6', 'mask6', ICMP),
}

export const fieldsOf = (protocol: string): Fields | undefined =>
  Object.hasOwn(ETHERNET_FIELDS, protocol)
    ? ETHERNET_FIELDS[protocol]
    : Object.hasOwn(IP_FIELDS, protocol)
      ? IP_FIELDS[protocol]
      : undefined

export const isOfFrames = (protocol: string | undefined): boolean =>
  protocol === undefined || Object.hasOwn(ETHERNET_FIELDS, protocol)
