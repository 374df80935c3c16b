/** What a filter's rule compares, as matches of nft in the bridge family. */
import { ipv4ToNumber, type Ipv4Address } from '../../address/ipv4.ts'
import { numberOf, TCP_FLAGS } from './filter-values.ts'
import type { FlatField, FlatRule } from './flatten-filter.ts'

type Fields = FlatRule['fields']
/** Sender and receiver as the rule names them, or the other way round. */
export type Turned = boolean

interface Looking {
  readonly fields: Fields
  readonly isTurned: Turned
}

const not = (field: FlatField): string => (field.isNot ? '!= ' : '')
const equals = (field: FlatField): string => (field.isNot ? '!=' : '==')
const ends = ['src', 'dst'] as const
const sideOf = (end: 'src' | 'dst', isTurned: Turned): 'saddr' | 'daddr' =>
  (end === 'src') !== isTurned ? 'saddr' : 'daddr'

/** Of a field that may be absent. */
function each(fields: Fields, name: string, match: (field: FlatField) => string): string[] {
  const field = fields.get(name)
  return field === undefined ? [] : [match(field)]
}

const plain = (fields: Fields, name: string, word: string): string[] =>
  each(fields, name, (field) => `${word} ${not(field)}${String(numberOf(field.value))}`)

function macs({ fields, isTurned }: Looking): string[] {
  return ends.flatMap((end) =>
    each(fields, `${end}macaddr`, (field) => {
      const side = `ether ${sideOf(end, isTurned)}`
      const mask = fields.get(`${end}macmask`)?.value
      if (mask === undefined) return `${side} ${not(field)}${field.value}`
      return `${side} & ${mask} ${equals(field)} ${masked(field.value, mask)}`
    }),
  )
}

function masked(mac: string, mask: string): string {
  const bytes = mask.split(':').map((part) => parseInt(part, 16))
  return mac
    .split(':')
    .map((part, i) => (parseInt(part, 16) & (bytes[i] ?? 0)).toString(16).padStart(2, '0'))
    .join(':')
}

function addresses({ fields, isTurned }: Looking, family: 'ip' | 'ip6'): string[] {
  return ends.flatMap((end) => {
    const word = `${family} ${sideOf(end, isTurned)}`
    const mask = fields.get(`${end}ipmask`)?.value
    const to = fields.get(`${end}ipto`)?.value
    return [
      ...each(
        fields,
        `${end}ipaddr`,
        (field) => `${word} ${not(field)}${field.value}${mask === undefined ? '' : `/${mask}`}`,
      ),
      ...each(
        fields,
        `${end}ipfrom`,
        (field) => `${word} ${not(field)}${field.value}${to === undefined ? '' : `-${to}`}`,
      ),
    ]
  })
}

const ranged = (fields: Fields, from: string, to: string, word: string): string[] =>
  each(fields, from, (field) => {
    const last = fields.get(to)
    const end =
      last === undefined || numberOf(last.value) === numberOf(field.value)
        ? ''
        : `-${String(numberOf(last.value))}`
    return `${word} ${not(field)}${String(numberOf(field.value))}${end}`
  })

const ports = ({ fields, isTurned }: Looking, protocol: string): string[] =>
  ends.flatMap((end) =>
    ranged(
      fields,
      `${end}portstart`,
      `${end}portend`,
      `${protocol} ${(end === 'src') !== isTurned ? 'sport' : 'dport'}`,
    ),
  )

const BRIDGE_GROUP = 'ether daddr 01:80:c2:00:00:00'

/** Of frames of this protocol; undefined: of all. */
export function frameMatches(rule: FlatRule, isTurned: Turned): string[] {
  const { protocol, fields } = rule
  const looking = { fields, isTurned }
  const all = macs(looking)
  switch (protocol) {
    case 'mac':
      return [
        ...all,
        ...each(fields, 'protocolid', (field) => `ether type ${not(field)}${hex(field.value, 4)}`),
      ]
    case 'vlan':
      return [
        ...all,
        'ether type 8021q',
        ...plain(fields, 'vlanid', 'vlan id'),
        ...each(fields, 'encap-protocol', (field) => `vlan type ${not(field)}${hex(field.value, 4)}`),
      ]
    case 'stp':
      return [...all, BRIDGE_GROUP, ...bridgeMatches(fields)]
    case 'arp':
      return [...all, 'ether type arp', ...arpMatches(looking)]
    case 'rarp':
      return [...all, 'ether type 0x8035', ...rarpMatches(looking)]
    case 'ip':
      return [...all, 'ether type ip', ...addresses(looking, 'ip'), ...carried(looking, 'ip')]
    case 'ipv6':
      return [...all, 'ether type ip6', ...addresses(looking, 'ip6'), ...carried(looking, 'ip6')]
    case undefined:
    default:
      return all
  }
}

const hex = (value: string, digits: number): string =>
  `0x${numberOf(value).toString(16).padStart(digits, '0')}`

const NAMES_WITH_PORTS: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 33: 'dccp', 132: 'sctp' }

/** What an IP packet carries, looked at from the frame. */
function carried(looking: Looking, family: 'ip' | 'ip6'): string[] {
  const { fields } = looking
  const protocol = fields.get('protocol')
  const name = NAMES_WITH_PORTS[protocol === undefined ? 0 : numberOf(protocol.value)]
  const asked = protocol?.isNot === true || name === undefined ? [] : ports(looking, name)
  const word = family === 'ip' ? 'ip protocol' : 'meta l4proto'
  return [
    ...(asked.length > 0 ? asked : plain(fields, 'protocol', word)),
    ...plain(fields, 'dscp', `${family} dscp`),
    ...ranged(fields, 'type', 'typeend', 'icmpv6 type'),
    ...ranged(fields, 'code', 'codeend', 'icmpv6 code'),
  ]
}

function arpMatches({ fields, isTurned }: Looking): string[] {
  return [
    ...plain(fields, 'hwtype', 'arp htype'),
    ...plain(fields, 'protocoltype', 'arp ptype'),
    ...plain(fields, 'opcode', 'arp operation'),
    ...ends.flatMap((end) => {
      const mask = fields.get(`arp${end}ipmask`)?.value
      const side = `arp ${sideOf(end, isTurned)}`
      return [
        ...each(fields, `arp${end}macaddr`, (field) => `${side} ether ${not(field)}${field.value}`),
        ...each(
          fields,
          `arp${end}ipaddr`,
          (field) => `${side} ip ${not(field)}${field.value}${mask === undefined ? '' : `/${mask}`}`,
        ),
      ]
    }),
  ]
}

const raw = (base: string, offset: number, length: number): string =>
  `@${base},${String(offset)},${String(length)}`
const macNumber = (mac: string): string => `0x${mac.replaceAll(':', '')}`

/** nft's words for ARP are for ARP alone: the same fields by where they lie. */
function rarpMatches({ fields, isTurned }: Looking): string[] {
  const at = (end: 'src' | 'dst', src: number, dst: number): number =>
    (end === 'src') !== isTurned ? src : dst
  return [
    ...plain(fields, 'hwtype', raw('nh', 0, 16)),
    ...plain(fields, 'protocoltype', raw('nh', 16, 16)),
    ...plain(fields, 'opcode', raw('nh', 48, 16)),
    ...ends.flatMap((end) => [
      ...each(
        fields,
        `arp${end}macaddr`,
        (field) => `${raw('nh', at(end, 64, 144), 48)} ${not(field)}${macNumber(field.value)}`,
      ),
      ...each(fields, `arp${end}ipaddr`, (field) => {
        const where = raw('nh', at(end, 112, 192), 32)
        const bits = Number(fields.get(`arp${end}ipmask`)?.value ?? 32)
        const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0
        const wanted = (ipv4ToNumber(field.value as Ipv4Address) & mask) >>> 0
        const value = `0x${wanted.toString(16).padStart(8, '0')}`
        return bits === 32
          ? `${where} ${not(field)}${value}`
          : `${where} & 0x${mask.toString(16).padStart(8, '0')} ${equals(field)} ${value}`
      }),
    ]),
  ]
}

/** Bytes from the beginning of the frame: the three of its LLC header come first (IEEE 802.1D). */
const BRIDGE_FIELDS: readonly (readonly [name: string, at: number, bytes: number])[] = [
  ['type', 20, 1],
  ['flags', 21, 1],
  ['root-priority', 22, 2],
  ['root-cost', 30, 4],
  ['sender-priority', 34, 2],
  ['port', 42, 2],
  ['age', 44, 2],
  ['max-age', 46, 2],
  ['hello-time', 48, 2],
  ['forward-delay', 50, 2],
]

function bridgeMatches(fields: Fields): string[] {
  const whole = BRIDGE_FIELDS.flatMap(([name, at, bytes]) =>
    ranged(fields, name, `${name}-hi`, raw('ll', at * 8, bytes * 8)),
  )
  const named = ['root', 24] as const satisfies readonly [string, number]
  return [
    ...whole,
    ...[named, ['sender', 36] as const].flatMap(([name, at]) =>
      each(fields, `${name}-address`, (field) => {
        const where = raw('ll', at * 8, 48)
        const mask = fields.get(`${name}-address-mask`)?.value
        if (mask === undefined) return `${where} ${not(field)}${macNumber(field.value)}`
        return `${where} & ${macNumber(mask)} ${equals(field)} ${macNumber(masked(field.value, mask))}`
      }),
    ),
  ]
}

const CARRIED: Readonly<Record<string, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  udplite: 'udplite',
  sctp: 'sctp',
  esp: 'esp',
  ah: 'ah',
  icmp: 'icmp',
  icmpv6: 'ipv6-icmp',
  igmp: 'igmp',
}

/** Of packets of IP. */
export function packetMatches(rule: FlatRule, isTurned: Turned): string[] {
  const { protocol = '', fields } = rule
  const looking = { fields, isTurned }
  const isV6 = protocol === 'icmpv6' || protocol.endsWith('-ipv6')
  const name = CARRIED[protocol.replace('-ipv6', '')]
  const family = isV6 ? 'ip6' : 'ip'
  return [
    ...macs(looking),
    `meta protocol ${family}`,
    ...addresses(looking, family),
    ...plain(fields, 'dscp', `${family} dscp`),
    ...(name === undefined ? [] : [`meta l4proto ${name}`]),
    ...(name === undefined ? [] : ports(looking, name)),
    ...plain(fields, 'type', isV6 ? 'icmpv6 type' : 'icmp type'),
    ...plain(fields, 'code', isV6 ? 'icmpv6 code' : 'icmp code'),
    ...each(fields, 'flags', tcpFlags),
  ]
}

/** Which flags are looked at, and behind the slash which of them are set. */
function tcpFlags(field: FlatField): string {
  const bits = (list: string): number =>
    list
      .split(',')
      .reduce(
        (sum, flag) =>
          sum | (flag === 'ALL' ? 63 : flag === 'NONE' ? 0 : 1 << TCP_FLAGS.indexOf(flag as 'SYN')),
        0,
      )
  const [mask = '', set = ''] = field.value.split('/')
  return `tcp flags & 0x${bits(mask).toString(16)} ${equals(field)} 0x${bits(set).toString(16)}`
}
