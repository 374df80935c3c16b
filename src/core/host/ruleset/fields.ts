/** What rules may ask of a packet, by the words nft has for it, and what this packet answers. */
import { NAMED, parseNumber, type Kind, type Reading } from './patterns.ts'
import type { HostAnswers, Packet, Place } from './ruleset.ts'

/** A packet at a chain. */
export interface Sight {
  readonly packet: Packet
  readonly place: Place
  readonly priority: number
  readonly answers: HostAnswers
}

export interface Field {
  readonly kind: Kind
  readonly read: (sight: Sight) => Reading
}

const number = (value: number | undefined): Reading =>
  value === undefined ? 'unknown' : { number: BigInt(value) }
const word = (value: string | undefined): Reading => (value === undefined ? 'unknown' : { word: value })

function addressOf(kind: 'ipv4' | 'ipv6', text: string | undefined): Reading {
  const value = text === undefined ? undefined : parseNumber(kind, text)
  return value === undefined ? 'unknown' : { number: value }
}

const address = (family: Packet['family'], which: 'source' | 'destination'): Field => {
  const kind = family === 'ip' ? 'ipv4' : 'ipv6'
  return {
    kind,
    read: ({ packet }) => (packet.family === family ? addressOf(kind, packet[which]) : 'absent'),
  }
}

export const protocolOf = ({ protocol }: Packet): number | undefined => {
  const value = parseNumber('protocol', protocol)
  return value === undefined ? undefined : Number(value)
}

const WITH_PORTS: readonly (number | undefined)[] = [6, 17, 33, 132, 136]

const port = (protocol: number | undefined, which: 'sourcePort' | 'destinationPort'): Field => ({
  kind: 'number',
  read: ({ packet }) => {
    const own = protocolOf(packet)
    const has = protocol === undefined ? WITH_PORTS.includes(own) : own === protocol
    return has ? number(packet[which]) : 'absent'
  },
})

/** Only of packets of this family. */
const inFamily = (family: Packet['family'], field: Field): Field => ({
  kind: field.kind,
  read: (sight) => (sight.packet.family === family ? field.read(sight) : 'absent'),
})

const layer4: Field = { kind: 'protocol', read: ({ packet }) => number(protocolOf(packet)) }

const icmp = (kind: 'icmp' | 'icmpv6'): Field => ({
  kind,
  read: ({ packet }) => {
    if (protocolOf(packet) !== (kind === 'icmp' ? 1 : 58)) return 'absent'
    return number(packet.icmpType ?? NAMED[kind]['echo-request'])
  },
})

const bits = (kind: keyof typeof NAMED, names: readonly string[], unsure = 0n): Reading => ({
  number: names.reduce((sum, name) => sum | (parseNumber(kind, name) ?? 0n), 0n),
  unsure,
})

const flags: Field = {
  kind: 'tcpflag',
  read: ({ packet }) =>
    protocolOf(packet) === 6
      ? bits('tcpflag', packet.tcpFlags ?? [packet.state === 'new' ? 'syn' : 'ack'])
      : 'absent',
}

/** Earlier than this nobody knows of connections yet. */
const CONNECTIONS = -200
const EARLY: readonly Place[] = ['prerouting', 'output', 'ingress']

const isUntracked = ({ packet, place, priority }: Sight): boolean =>
  packet.state === 'untracked' ||
  packet.state === 'invalid' ||
  (EARLY.includes(place) && priority <= CONNECTIONS)

/** Of a connection; a packet that belongs to none has nothing of it. */
const ofConnection = (kind: Kind, read: (packet: Packet) => Reading): Field => ({
  kind,
  read: (sight) => (isUntracked(sight) ? 'absent' : read(sight.packet)),
})

const state: Field = {
  kind: 'state',
  read: (sight) => {
    const { packet } = sight
    if (!isUntracked(sight)) return bits('state', [packet.state])
    return bits('state', [packet.state === 'untracked' ? 'untracked' : 'invalid'])
  },
}

const status = ofConnection('status', ({ state: its, isDnat, isSnat }) => {
  const known = [...(isDnat === true ? ['dnat'] : []), ...(isSnat === true ? ['snat'] : [])]
  const sure = NAMED.status.dnat | NAMED.status.snat
  // A first packet has seen no reply and is assured of nothing; it is confirmed when it leaves.
  const open = its === 'new' ? NAMED.status.confirmed : ~sure & 0xffff
  return bits('status', known, BigInt(open))
})

const direction = ofConnection('name', ({ direction: its, state: now }) =>
  word(its ?? (now === 'new' ? 'original' : undefined)),
)

const originalDestination = (kind: 'ipv4' | 'ipv6'): Field =>
  ofConnection(kind, ({ family, original, destination, isDnat }) => {
    if (family !== (kind === 'ipv4' ? 'ip' : 'ip6')) return 'absent'
    return addressOf(kind, isDnat === true ? original?.destination : destination)
  })

const originalPort = ofConnection('number', ({ original, destinationPort, isDnat }) =>
  number(isDnat === true ? original?.port : destinationPort),
)

const markOf = (value: number | 'unknown' | undefined): Reading =>
  value === 'unknown' ? value : number(value)
const mark: Field = { kind: 'number', read: ({ packet }) => markOf(packet.mark ?? 0) }
const ctMark = ofConnection('number', ({ state: its, ctMark: marked }) =>
  markOf(marked ?? (its === 'new' ? 0 : 'unknown')),
)

const nameOf = (which: 'in' | 'out'): Field => ({
  kind: 'name',
  read: ({ packet }) => word(packet[which] ?? ''),
})

const kindOf = (which: 'in' | 'out'): Field => ({
  kind: 'name',
  read: ({ packet, answers }) => {
    const device = packet[which]
    if (device === undefined) return 'absent'
    const kind = answers.kindOf?.(device)
    return kind === '' ? 'absent' : word(kind)
  },
})

const mac = (which: 'sourceMac' | 'destinationMac'): Field => ({
  kind: 'mac',
  read: ({ packet }) => {
    const value = packet[which] === undefined ? undefined : parseNumber('mac', packet[which])
    return value === undefined ? 'unknown' : { number: value }
  },
})

/** Whole packets only: fragments are put together before anybody looks, unless nobody follows connections. */
const fragment: Field = { kind: 'number', read: () => ({ number: 0n, unsure: 0x4000n }) }
const absent: Field = { kind: 'number', read: () => 'absent' }

const protocolName = (of: (packet: Packet) => string): Field => ({
  kind: 'name',
  read: ({ packet }) => word(of(packet)),
})

/** Whose process sends it: of what passes through nobody's. */
const sender: Field = {
  kind: 'number',
  read: ({ packet, place }) =>
    (place === 'output' || place === 'postrouting') && packet.in === undefined ? 'unknown' : 'absent',
}

const FIELDS: Readonly<Record<string, Field>> = {
  iifname: nameOf('in'),
  oifname: nameOf('out'),
  iif: nameOf('in'),
  oif: nameOf('out'),
  iifkind: kindOf('in'),
  oifkind: kindOf('out'),
  nfproto: protocolName(({ family }) => (family === 'ip' ? 'ipv4' : 'ipv6')),
  'meta protocol': protocolName(({ family }) => family),
  'ether type': protocolName(({ family }) => family),
  l4proto: layer4,
  'meta mark': mark,
  mark,
  skuid: sender,
  skgid: sender,
  'ip saddr': address('ip', 'source'),
  'ip daddr': address('ip', 'destination'),
  'ip6 saddr': address('ip6', 'source'),
  'ip6 daddr': address('ip6', 'destination'),
  'ip protocol': inFamily('ip', layer4),
  'ip6 nexthdr': inFamily('ip6', layer4),
  'ip version': inFamily('ip', { kind: 'number', read: () => ({ number: 4n }) }),
  'ip6 version': inFamily('ip6', { kind: 'number', read: () => ({ number: 6n }) }),
  'ip frag-off': inFamily('ip', fragment),
  'frag frag-off': absent,
  'rt type': absent,
  'tcp dport': port(6, 'destinationPort'),
  'tcp sport': port(6, 'sourcePort'),
  'udp dport': port(17, 'destinationPort'),
  'udp sport': port(17, 'sourcePort'),
  'sctp dport': port(132, 'destinationPort'),
  'sctp sport': port(132, 'sourcePort'),
  'dccp dport': port(33, 'destinationPort'),
  'udplite dport': port(136, 'destinationPort'),
  'th dport': port(undefined, 'destinationPort'),
  'th sport': port(undefined, 'sourcePort'),
  'tcp flags': flags,
  'icmp type': inFamily('ip', icmp('icmp')),
  'icmpv6 type': inFamily('ip6', icmp('icmpv6')),
  'ct state': state,
  'ct status': status,
  'ct direction': direction,
  'ct mark': ctMark,
  'ct original ip daddr': originalDestination('ipv4'),
  'ct original ip6 daddr': originalDestination('ipv6'),
  'ct original proto-dst': originalPort,
  'ether saddr': mac('sourceMac'),
  'ether daddr': mac('destinationMac'),
  'arp operation': absent,
  'arp saddr ether': { ...absent, kind: 'mac' },
  'arp saddr ip': { ...absent, kind: 'ipv4' },
  'arp daddr ip': { ...absent, kind: 'ipv4' },
  'vlan id': absent,
}

/** The longest words that name a field, and how many they are. */
export function fieldAt(tokens: readonly string[], at: number): { field: Field; count: number } | undefined {
  const start = tokens[at] === 'meta' && tokens[at + 1] !== 'mark' && tokens[at + 1] !== 'protocol' ? 1 : 0
  for (let count = 4; count > 0; count--) {
    const words = tokens.slice(at + start, at + start + count).join(' ')
    const field = Object.hasOwn(FIELDS, words) ? FIELDS[words] : undefined
    if (field !== undefined) return { field, count: count + start }
  }
  return undefined
}
