/** Policy rules that name addresses, as `ip -j rule` tells them: the others say nothing about any subnet. */
import { parseIpv4Cidr } from '../core/address/ipv4.ts'
import { parseIpv6Cidr } from '../core/address/ipv6.ts'
import type { SeenRule } from '../core/network/seen.ts'
import type { IpShell } from './ip-shell.ts'

/** The part of iproute2's JSON that weft reads; of an address without a length the whole is meant. */
export type RawRule = Readonly<Record<string, unknown>> & {
  readonly priority: number
  readonly src?: string
  readonly srclen?: number
  readonly dst?: string
  readonly dstlen?: number
  readonly table?: string
  readonly action?: string
}

export interface RawRules {
  readonly ipv4: readonly RawRule[]
  readonly ipv6: readonly RawRule[]
}

/** One `ip` a family: in a batch it is told by an option only. */
export async function listRules(ip: IpShell, ip6: IpShell): Promise<RawRules> {
  const [ipv4, ipv6] = await Promise.all([ip.show('rule'), ip6.show('rule')])
  return { ipv4: ipv4 as RawRule[], ipv6: ipv6 as RawRule[] }
}

export const seenRules = (raw: readonly RawRule[]): SeenRule[] =>
  raw.flatMap((rule) => seenRule(rule, parseIpv4Cidr, 32))

export const seenRules6 = (
  raw: readonly RawRule[],
): SeenRule<NonNullable<ReturnType<typeof parseIpv6Cidr>>>[] =>
  raw.flatMap((rule) => seenRule(rule, parseIpv6Cidr, 128))

function seenRule<Cidr>(
  rule: RawRule,
  parse: (text: string) => Cidr | undefined,
  whole: number,
): SeenRule<Cidr>[] {
  const from = parse(`${rule.src ?? ''}/${String(rule.srclen ?? whole)}`)
  const to = parse(`${rule.dst ?? ''}/${String(rule.dstlen ?? whole)}`)
  if (from === undefined && to === undefined) return []
  return [
    {
      priority: rule.priority,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(rule.table === undefined ? {} : { table: rule.table }),
      refuses: REFUSING.has(rule.action ?? ''),
      isForAll: Object.keys(rule).every((key) => GENERAL.has(key)),
    },
  ]
}

const REFUSING = new Set(['blackhole', 'unreachable', 'prohibit'])
/** Whatever else a rule says makes it one for some packets only: of a mark, an interface, a user, a port. */
const GENERAL = new Set(['priority', 'src', 'srclen', 'dst', 'dstlen', 'table', 'action', 'protocol'])

/** A line of `ip monitor rule`: `32765:	from 10.0.0.0/8 lookup 100`. */
export const RULE_LINE = /^(?:Deleted )?\d+:\t/
