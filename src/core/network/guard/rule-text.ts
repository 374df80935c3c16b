/**
 * A rule in one line, the same on the command line, in YAML, JSON and XML:
 * `allow in tcp 22,8000-8100 from 10.0.0.0/8`, `deny out udp to @web`, `deny in`.
 */
import { formatIpv4Network, parseIpv4, parseIpv4Cidr } from '../../address/ipv4.ts'
import { formatIpv6Network, parseIpv6, parseIpv6Cidr } from '../../address/ipv6.ts'
import {
  DIRECTIONS,
  PROTOCOLS,
  VERDICTS,
  type IpCidr,
  type Peer,
  type PortRange,
  type Rule,
} from './firewall-spec.ts'

/** What is wrong with a text, in words. */
export interface RuleProblem {
  readonly message: string
  readonly hint: string
}
export type ParsedRule = { readonly rule: Rule } | { readonly problem: RuleProblem }

const EXAMPLE = 'such as: allow in tcp 22,80 from 192.168.122.0/24'

export function parseRule(text: string): ParsedRule {
  const words = text.trim().split(/\s+/)
  const verdict = VERDICTS.find((each) => each === words[0])
  if (verdict === undefined) return refuse(`a rule begins with allow or deny, not with '${words[0] ?? ''}'`)
  const direction = DIRECTIONS.find((each) => each === words[1])
  if (direction === undefined)
    return refuse(`after '${verdict}' comes 'in' or 'out', as the guest sees it, not '${words[1] ?? ''}'`)
  const protocol = PROTOCOLS.find((each) => each === words[2])
  const rest = words.slice(protocol === undefined ? 2 : 3)
  const ports = isPeerWord(rest[0]) || rest[0] === undefined ? undefined : parsePorts(rest.shift() ?? '')
  if (typeof ports === 'string') return protocol === undefined ? unknownWord(ports, words[2]) : refuse(ports)
  if (ports !== undefined && protocol !== 'tcp' && protocol !== 'udp')
    return refuse(`only tcp and udp have ports, ${protocol ?? 'any'} has none`, 'name one of the two')
  const peer = parsePeer(direction, rest)
  if ('problem' in peer) return peer
  const more = { ...(ports === undefined ? {} : { ports }), ...peer }
  return { rule: { verdict, direction, protocol: protocol ?? 'any', ...more } }
}

export function formatRule({ verdict, direction, protocol, ports, peer }: Rule): string {
  const who = peer === undefined ? [] : [direction === 'in' ? 'from' : 'to', formatPeer(peer)]
  const what = protocol === 'any' ? [] : [protocol]
  const where = ports === undefined ? [] : [ports.map(formatRange).join(',')]
  return [verdict, direction, ...what, ...where, ...who].join(' ')
}

export function formatPeer(peer: Peer): string {
  if (peer.kind === 'addresses') return peer.addresses.map(formatAddress).join(',')
  return peer.kind === 'group' ? `@${peer.name}` : peer.name
}

const formatRange = ({ start, end }: PortRange): string =>
  start === end ? String(start) : `${String(start)}-${String(end)}`

const isPeerWord = (word: string | undefined): boolean => word === 'from' || word === 'to'

/** Neither a protocol nor ports: the protocol was meant. */
function unknownWord(problem: string, word: string | undefined): ParsedRule {
  return /^[\d,-]+$/.test(word ?? '')
    ? refuse(problem)
    : refuse(`'${word ?? ''}' is not a protocol`, `known are ${PROTOCOLS.join(', ')}`)
}

/** A text says what is wrong. */
function parsePorts(text: string): PortRange[] | string {
  const ranges: PortRange[] = []
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? []
    const [start, end] = [Number(first), Number(last)]
    if (first === undefined || start < 1 || end > 65_535) return `'${part}' is not a port or a range of ports`
    if (start > end) return `the range of ports ${part} is the wrong way round`
    ranges.push({ start, end })
  }
  return ranges
}

function parsePeer(
  direction: Rule['direction'],
  words: readonly string[],
): { readonly peer?: Peer } | { readonly problem: RuleProblem } {
  const [word, who, extra] = words
  if (word === undefined) return {}
  const wanted = direction === 'in' ? 'from' : 'to'
  if (word !== wanted) {
    return isPeerWord(word)
      ? refuse(`a rule about packets that come ${direction} says '${wanted}', not '${word}'`)
      : refuse(`'${word}' was not expected here`)
  }
  if (who === undefined) return refuse(`after '${wanted}' comes an address, a guest or @GROUP`)
  if (extra !== undefined)
    return refuse(`'${extra}' was not expected after '${who}'`, 'join several addresses with commas')
  return who === 'any' ? {} : parseWho(who)
}

function parseWho(who: string): { readonly peer: Peer } | { readonly problem: RuleProblem } {
  if (/^@[\w.-]+$/.test(who)) return { peer: { kind: 'group', name: who.slice(1) } }
  const isAddress = /[/:,]/.test(who) || /^[\d.]+$/.test(who)
  if (!isAddress) return { peer: { kind: 'guest', name: who } }
  const addresses: IpCidr[] = []
  for (const part of who.split(',')) {
    const cidr = parseCidr(part)
    if (cidr === undefined)
      return refuse(`'${part}' is not an address or a subnet`, 'such as 10.0.0.0/8 or fd77:5::/64')
    addresses.push(cidr)
  }
  return { peer: { kind: 'addresses', addresses } }
}

/** An address alone is a subnet of one; host bits go. */
export function parseCidr(text: string): IpCidr | undefined {
  const v4 = parseIpv4Cidr(parseIpv4(text) === undefined ? text : `${text}/32`)
  if (v4 !== undefined) return { family: 'ipv4', ...(parseIpv4Cidr(formatIpv4Network(v4)) ?? v4) }
  const v6 = parseIpv6Cidr(parseIpv6(text) === undefined ? text : `${text}/128`)
  return v6 === undefined ? undefined : { family: 'ipv6', ...(parseIpv6Cidr(formatIpv6Network(v6)) ?? v6) }
}

export function formatAddress({ family, address, prefix }: IpCidr): string {
  return prefix === (family === 'ipv4' ? 32 : 128) ? address : `${address}/${String(prefix)}`
}

function refuse(message: string, hint = EXAMPLE): { readonly problem: RuleProblem } {
  return { problem: { message, hint } }
}
