/** Values that rules compare with, as nft prints them, and whether what a packet has is one of them. */
import { ipv4ToNumber, parseIpv4 } from '../../address/ipv4.ts'
import { ipv6ToNumber, parseIpv6 } from '../../address/ipv6.ts'
import { unquoted } from './tokens.ts'

export type Kind = 'ipv4' | 'ipv6' | 'mac' | 'number' | 'name' | keyof typeof NAMED

/** What of a packet a rule asks for. `unsure` are the bits that nobody knows. */
export type Reading =
  'absent' | 'unknown' | { readonly number: bigint; readonly unsure?: bigint } | { readonly word: string }

export type Pattern =
  { readonly low: bigint; readonly high: bigint } | { readonly word: string; readonly isPrefix: boolean }

export type Answer = 'yes' | 'no' | 'unknown'

/** Names of numbers; nft prints these for them. */
export const NAMED = {
  protocol: {
    icmp: 1,
    igmp: 2,
    ipencap: 4,
    tcp: 6,
    udp: 17,
    dccp: 33,
    gre: 47,
    esp: 50,
    ah: 51,
    icmpv6: 58,
    'ipv6-icmp': 58,
    comp: 108,
    sctp: 132,
    udplite: 136,
  },
  icmp: {
    'echo-reply': 0,
    'destination-unreachable': 3,
    'source-quench': 4,
    redirect: 5,
    'echo-request': 8,
    'router-advertisement': 9,
    'router-solicitation': 10,
    'time-exceeded': 11,
    'parameter-problem': 12,
    'timestamp-request': 13,
    'timestamp-reply': 14,
    'info-request': 15,
    'info-reply': 16,
    'address-mask-request': 17,
    'address-mask-reply': 18,
  },
  icmpv6: {
    'destination-unreachable': 1,
    'packet-too-big': 2,
    'time-exceeded': 3,
    'parameter-problem': 4,
    'echo-request': 128,
    'echo-reply': 129,
    'mld-listener-query': 130,
    'mld-listener-report': 131,
    'mld-listener-done': 132,
    'mld-listener-reduction': 132,
    'nd-router-solicit': 133,
    'nd-router-advert': 134,
    'nd-neighbor-solicit': 135,
    'nd-neighbor-advert': 136,
    'nd-redirect': 137,
    'router-renumbering': 138,
    'ind-neighbor-solicit': 141,
    'ind-neighbor-advert': 142,
    'mld2-listener-report': 143,
  },
  state: { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 },
  status: { expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 },
  /** What `fib ... oif` is compared with. */
  route: { missing: 0, exists: 1 },
  tcpflag: { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 },
} as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>

/** Those whose values are bits: a bare value asks whether one of them is set. */
export const isBits = (kind: Kind): boolean => kind === 'state' || kind === 'status' || kind === 'tcpflag'

/** Undefined: not understood. */
export function parsePattern(kind: Kind, token: string): Pattern | undefined {
  const word = unquoted(token)
  if (word === '*' && token !== '"*"') return kind === 'name' ? { word: '', isPrefix: true } : ANYTHING
  if (kind === 'name')
    return word.endsWith('*')
      ? { word: word.slice(0, -1), isPrefix: true }
      : { word: word.replaceAll('\\*', '*'), isPrefix: false }
  const [, first = '', prefix] = /^(.*)\/(\d+)$/.exec(word) ?? []
  if (prefix !== undefined) return prefixPattern(kind, first, Number(prefix))
  const whole = parseNumber(kind, word)
  if (whole !== undefined) return { low: whole, high: whole }
  const [from = '', to = '', more] = word.split('-')
  const [low, high] = [parseNumber(kind, from), parseNumber(kind, to)]
  return low === undefined || high === undefined || more !== undefined ? undefined : { low, high }
}

const ANYTHING: Pattern = { low: 0n, high: 2n ** 128n }

function prefixPattern(kind: Kind, first: string, prefix: number): Pattern | undefined {
  const start = parseNumber(kind, first)
  if (start === undefined || (kind !== 'ipv4' && kind !== 'ipv6')) return undefined
  const size = 2n ** BigInt((kind === 'ipv4' ? 32 : 128) - prefix)
  const low = (start / size) * size
  return { low, high: low + size - 1n }
}

export function parseNumber(kind: Kind, word: string): bigint | undefined {
  if (kind === 'ipv4') {
    const address = parseIpv4(word)
    return address === undefined ? undefined : BigInt(ipv4ToNumber(address))
  }
  if (kind === 'ipv6') {
    const address = word.includes(':') ? parseIpv6(word) : undefined
    return address === undefined ? undefined : ipv6ToNumber(address)
  }
  if (kind === 'mac')
    return /^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(word) ? BigInt(`0x${word.replaceAll(':', '')}`) : undefined
  const names: Readonly<Record<string, number>> = kind in NAMED ? NAMED[kind as keyof typeof NAMED] : {}
  const named = Object.hasOwn(names, word) ? names[word] : undefined
  if (named !== undefined) return BigInt(named)
  return /^(\d+|0x[\da-f]+)$/i.test(word) ? BigInt(word) : undefined
}

/** Whether the reading is the value, or within the range. */
export function fits(reading: Reading, pattern: Pattern | undefined): Answer {
  if (reading === 'absent') return 'no'
  if (pattern === undefined || reading === 'unknown') return 'unknown'
  if ('word' in reading) {
    if (!('word' in pattern)) return 'unknown'
    const { word, isPrefix } = pattern
    return (isPrefix ? reading.word.startsWith(word) : reading.word === word) ? 'yes' : 'no'
  }
  if ('word' in pattern) return 'unknown'
  const { number, unsure = 0n } = reading
  if (unsure === 0n) return number >= pattern.low && number <= pattern.high ? 'yes' : 'no'
  const differs = pattern.low === pattern.high && ((number ^ pattern.low) & ~unsure) !== 0n
  return differs ? 'no' : 'unknown'
}

export const not = (answer: Answer): Answer =>
  answer === 'unknown' ? answer : answer === 'yes' ? 'no' : 'yes'
/** One `no` is enough, and then nothing else matters. */
export const every = (answers: readonly Answer[]): Answer =>
  answers.includes('no') ? 'no' : answers.includes('unknown') ? 'unknown' : 'yes'
export const some = (answers: readonly Answer[]): Answer => not(every(answers.map(not)))
