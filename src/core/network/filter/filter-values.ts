/** What the attributes of a filter's rule may say: each kind is read, and spelt as libvirt prints it. */
import { parseIpv4 } from '../../address/ipv4.ts'
import { parseIpv6 } from '../../address/ipv6.ts'

/** Answers with the canonical spelling; undefined: it is no such value. */
export type ReadValue = (text: string) => string | undefined

/** Hexadecimal numbers stay so. */
const number =
  (least: number, most: number): ReadValue =>
  (text) => {
    if (!/^(0x[\da-f]+|\d+)$/i.test(text)) return undefined
    const value = Number(text)
    if (value < least || value > most) return undefined
    return text.startsWith('0') && text.length > 1 ? `0x${value.toString(16)}` : String(value)
  }

const named =
  (names: Readonly<Record<string, number>>, other: ReadValue): ReadValue =>
  (text) => {
    const known = Object.keys(names).find((name) => name.toLowerCase() === text.toLowerCase())
    if (known !== undefined) return known
    const value = other(text)
    return Object.keys(names).find((name) => names[name] === Number(value)) ?? value
  }

export const ETHERNET_TYPES: Readonly<Record<string, number>> = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  ipv6: 0x86dd,
  vlan: 0x8100,
}
export const IP_PROTOCOLS: Readonly<Record<string, number>> = {
  tcp: 6,
  udp: 17,
  udplite: 136,
  esp: 50,
  ah: 51,
  icmp: 1,
  igmp: 2,
  sctp: 132,
  icmpv6: 58,
}
export const ARP_OPERATIONS: Readonly<Record<string, number>> = {
  Request: 1,
  Reply: 2,
  Request_Reverse: 3,
  Reply_Reverse: 4,
  DRARP_Request: 5,
  DRARP_Reply: 6,
  DRARP_Error: 7,
  InARP_Request: 8,
  ARP_NAK: 9,
}
export const TCP_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const
export const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'NONE'] as const

const mac: ReadValue = (text) =>
  /^[\da-f]{1,2}(:[\da-f]{1,2}){5}$/i.test(text)
    ? text
        .toLowerCase()
        .split(':')
        .map((part) => part.padStart(2, '0'))
        .join(':')
    : undefined

/** A number of bits, or dots. */
const mask4: ReadValue = (text) => {
  if (/^\d+$/.test(text)) return Number(text) <= 32 ? String(Number(text)) : undefined
  const dotted = parseIpv4(text)
  const bits = dotted
    ?.split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
  return bits !== undefined && /^1*0*$/.test(bits) ? String(bits.replace(/0/g, '').length) : undefined
}

const flags: ReadValue = (text) => {
  const isList = (list: string): boolean =>
    list
      .split(',')
      .every((flag) => ['ALL', 'NONE'].includes(flag) || (TCP_FLAGS as readonly string[]).includes(flag))
  const [mask = '', set, ...more] = text.toUpperCase().split('/')
  return set !== undefined && more.length === 0 && isList(mask) && isList(set) ? `${mask}/${set}` : undefined
}

const states: ReadValue = (text) => {
  const said = text.toUpperCase().split(',')
  if (!said.every((each) => (STATES as readonly string[]).includes(each))) return undefined
  return STATES.filter((each) => said.includes(each)).join(',')
}

const truth: ReadValue = (text) =>
  /^(true|yes|1)$/i.test(text) ? 'true' : /^(false|no|0)$/i.test(text) ? 'false' : undefined

export const KINDS = {
  mac,
  ip4: parseIpv4,
  ip6: parseIpv6,
  mask4,
  mask6: number(0, 128),
  port: number(0, 0xffff),
  byte: number(0, 0xff),
  word: number(0, 0xffff),
  long: number(0, 0xffffffff),
  dscp: number(0, 63),
  vlan: number(0, 4095),
  ethernetType: named(ETHERNET_TYPES, number(0x600, 0xffff)),
  ipProtocol: named(IP_PROTOCOLS, number(0, 0xff)),
  operation: named(ARP_OPERATIONS, number(0, 0xffff)),
  flags,
  states,
  truth,
  text: (text: string) => (text.length <= 256 ? text : undefined),
} satisfies Readonly<Record<string, ReadValue>>
export type ValueKind = keyof typeof KINDS

/** `$IP`, the third of it, or with a turn of its own. */
export const VARIABLE = /^\$([A-Za-z0-9_]+)(?:\[(@?)(\d+)\])?$/

export const isVariable = (value: string): boolean => VARIABLE.test(value)

/** As a number, whatever it is called. */
export function numberOf(value: string): number {
  return ETHERNET_TYPES[value] ?? IP_PROTOCOLS[value] ?? ARP_OPERATIONS[value] ?? Number(value)
}
