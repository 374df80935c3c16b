/** Routes as the words that `ip route` takes, through whichever link they are to lead. */
import type { Seconds } from './address-words.ts'
import type { Hop, UplinkRoute } from './seen-uplink.ts'

/** What `metrics` may hold and `ip route add` takes back as it was printed. */
const METRICS = [
  'mtu',
  'advmss',
  'window',
  'initcwnd',
  'initrwnd',
  'hoplimit',
  'quickack',
  'reordering',
  'cwnd',
]

const KEYS = new Set(
  'family type dst gateway via dev table protocol scope prefsrc metric metrics pref expires flags nexthops'.split(
    ' ',
  ),
)
const HOP_KEYS = new Set(['gateway', 'via', 'dev', 'weight', 'flags'])

/** `seconds` is left out where the route is to be deleted. */
export function routeWords(route: UplinkRoute, to: string, seconds?: Seconds): string[] {
  const { type = 'unicast', table = 'main', protocol, scope, prefsrc, metric, pref, expires, family } = route
  return [
    ...(type === 'unicast' ? [] : [type]),
    destination(route),
    ...(route.nexthops === undefined ? hopWords(route, to) : []),
    'table',
    table,
    ...(protocol === undefined ? [] : ['proto', protocol]),
    ...(scope === undefined || family === 6 ? [] : ['scope', scope]),
    ...(prefsrc === undefined ? [] : ['src', prefsrc]),
    ...(metric === undefined ? [] : ['metric', String(metric)]),
    ...metricWords(route),
    ...(pref === undefined || pref === 'medium' ? [] : ['pref', pref]),
    ...(expires === undefined || seconds === undefined ? [] : ['expires', seconds(expires)]),
    ...(route.nexthops ?? []).flatMap((hop) => [
      'nexthop',
      ...hopWords(hop, to),
      'weight',
      String(hop.weight ?? 1),
    ]),
  ]
}

/** `ip` guesses the family from an address: `default` alone says none. */
function destination({ dst, family }: UplinkRoute): string {
  if (dst !== 'default') return dst
  return family === 4 ? '0.0.0.0/0' : '::/0'
}

function hopWords({ gateway, via, flags = [] }: Hop, to: string): string[] {
  return [
    ...(gateway === undefined ? [] : ['via', gateway]),
    ...(via === undefined ? [] : ['via', via.family, via.host]),
    'dev',
    to,
    ...(flags.includes('onlink') ? ['onlink'] : []),
  ]
}

function metricWords({ metrics = [] }: UplinkRoute): string[] {
  return metrics.flatMap((each) => Object.entries(each).flatMap(([key, value]) => [key, String(value)]))
}

/** Undefined when all of it can be said again. */
export function unknownOfRoute(route: UplinkRoute, name: string): string | undefined {
  const strange = [
    ...Object.keys(route).filter((key) => !KEYS.has(key)),
    ...(route.nexthops ?? []).flatMap((hop) => Object.keys(hop).filter((key) => !HOP_KEYS.has(key))),
    ...(route.metrics ?? []).flatMap((each) => Object.keys(each).filter((key) => !METRICS.includes(key))),
  ]
  const elsewhere = (route.nexthops ?? []).find(({ dev }) => dev !== name)
  const which = `the route to ${route.dst} in table ${route.table ?? 'main'}`
  if (elsewhere !== undefined) return `${which} also leads through ${elsewhere.dev ?? 'another link'}`
  return strange.length === 0 ? undefined : `${which} has '${strange.join("', '")}'`
}

/** Whether it needs another one to its gateway: those come first. */
export const hasGateway = ({ gateway, via, nexthops }: UplinkRoute): boolean =>
  gateway !== undefined || via !== undefined || nexthops !== undefined
