/** Rules of routing that name a link, as the words that `ip rule` takes, with another link's name. */
import type { UplinkRule } from './seen-uplink.ts'

const KEYS = new Set(
  'family priority not src srclen dst dstlen iif oif fwmark fwmask ipproto table action suppress_prefixlen protocol'.split(
    ' ',
  ),
)

export function ruleWords(rule: UplinkRule, from: string, to: string): string[] {
  const { src, srclen, dst, dstlen, iif, oif, fwmark, fwmask, ipproto, table, action } = rule
  const named = (link: string): string => (link === from ? to : link)
  return [
    ...('not' in rule ? ['not'] : []),
    ...(src === undefined ? [] : ['from', prefixed(src, srclen)]),
    ...(dst === undefined ? [] : ['to', prefixed(dst, dstlen)]),
    ...(iif === undefined ? [] : ['iif', named(iif)]),
    ...(oif === undefined ? [] : ['oif', named(oif)]),
    ...(fwmark === undefined ? [] : ['fwmark', fwmask === undefined ? fwmark : `${fwmark}/${fwmask}`]),
    ...(ipproto === undefined ? [] : ['ipproto', ipproto]),
    ...(table === undefined ? [] : ['table', table]),
    ...(action === undefined ? [] : [action]),
    ...(rule.suppress_prefixlen === undefined
      ? []
      : ['suppress_prefixlength', String(rule.suppress_prefixlen)]),
    'priority',
    String(rule.priority),
    ...(rule.protocol === undefined || rule.protocol === 'unspec' ? [] : ['protocol', rule.protocol]),
  ]
}

const prefixed = (address: string, length: number | undefined): string =>
  length === undefined ? address : `${address}/${String(length)}`

/** Undefined when all of it can be said again. */
export function unknownOfRule(rule: UplinkRule): string | undefined {
  const strange = Object.keys(rule).filter((key) => !KEYS.has(key))
  return strange.length === 0 ? undefined : `rule ${String(rule.priority)} has '${strange.join("', '")}'`
}
