/** Whether the kernel has a way out for packets of guests, and if not, which route, rule or setting is to blame. */
import { formatIpv4Network, ipv4Overlaps, parseIpv4Cidr } from '../address/ipv4.ts'
import { ipv4Of, isForwarded, isSwitched } from '../network/ips.ts'
import type { Fault, HostPlace, NetworkPlace, Verdict } from './check.ts'
import type { AnyRoute, AnyRule, Sight } from './sight.ts'

const REFUSING = new Set(['blackhole', 'unreachable', 'prohibit'])
const isDefault = ({ dst }: AnyRoute): boolean => dst === 'default' || dst === '0.0.0.0/0'

export function judgeWay({ network, sight }: NetworkPlace): Verdict {
  const way = sight.examined.ways.get(network.name)
  const ip = ipv4Of(network)
  if (!isSwitched(network) || !isForwarded(network) || ip === undefined || way === undefined) return undefined
  const { device, gateway, refusal } = way
  const rule = ruleFor(sight, 'src', { subnet: formatIpv4Network(ip.cidr), bridge: network.bridge.name })
  if (refusal !== undefined) return blame(sight, refusal, network.name, rule)
  if (network.forwardDevice !== undefined && device !== network.forwardDevice)
    return {
      kind: 'way-elsewhere',
      what: `the way out goes by ${device ?? 'nothing'}, and network ${network.name} may use ${network.forwardDevice} only`,
      culprit: `the default route by ${device ?? 'nothing'}`,
      advice: `give ${network.forwardDevice} a default route, or let the network use any: weft net edit ${network.name}`,
    }
  if (device === network.bridge.name)
    return {
      kind: 'way-back',
      what: `the way out leads back into ${device}`,
      culprit: `the default route by ${device}`,
      mend: `ip route del default dev ${device}`,
    }
  return gateway === undefined ? `by ${device ?? '?'}` : `by ${gateway} on ${device ?? '?'}`
}

/** The way of this host's own packets. */
export function judgeOwnWay({ sight }: HostPlace): Verdict {
  const way = sight.examined.ways.get('')
  if (way === undefined) return undefined
  if (way.refusal !== undefined) return blame(sight, way.refusal, undefined, undefined)
  return way.gateway === undefined ? `by ${way.device ?? '?'}` : `by ${way.gateway} on ${way.device ?? '?'}`
}

/** The kernel's own words: EINVAL is a black hole's, EACCES a prohibition's, EXDEV says that answers would not come back that way. */
function blame(sight: Sight, refusal: string, network: string | undefined, rule: AnyRule | undefined): Fault {
  const table = rule?.table ?? 'main'
  const refusing = sight.examined.routes.find(
    (route) => REFUSING.has(route.type ?? '') && isDefault(route) && (route.table ?? 'main') === table,
  )
  if (
    rule !== undefined &&
    (REFUSING.has(rule.action ?? '') || refusing !== undefined || network !== undefined)
  )
    return {
      kind: 'policy-rule',
      what: `a policy rule leads the packets of ${network ?? 'this host'} where there is no way out (table ${table})`,
      culprit: `rule ${ruleWords(rule)}`,
      mend: `ip rule del priority ${String(rule.priority)}`,
    }
  if (refusing !== undefined)
    return {
      kind: 'way-refused',
      what: `packets to everywhere are refused by a route of type ${refusing.type ?? '?'}`,
      culprit: `route ${routeWords(refusing)}`,
      mend: `ip route del ${routeWords(refusing)}`,
    }
  if (/cross-device/i.test(refusal))
    return {
      kind: 'reverse-path',
      what: 'the kernel takes guests for liars: answers to them would leave by another link (rp_filter)',
      culprit: 'the route to the guests, and sysctl rp_filter',
      advice: 'ip route get to a guest shows where answers would go',
    }
  return noDefaultRoute(sight)
}

function noDefaultRoute({ seen, examined }: Sight): Fault {
  const what = 'this host has no default route: it reaches nobody outside itself'
  const outward = seen.links.filter(
    (link) =>
      link.master === undefined &&
      link.alias?.startsWith('weft:') !== true &&
      link.kind !== 'bridge' &&
      link.name !== 'lo',
  )
  const off = outward.find(
    (link) => !link.isUp && !(examined.flags.get(link.name) ?? []).includes('LOOPBACK'),
  )
  if (off !== undefined)
    return {
      kind: 'uplink-down',
      what: `this host has no default route, and ${off.name} is switched off`,
      culprit: `link ${off.name}`,
      mend: `ip link set dev ${off.name} up`,
    }
  return {
    kind: 'no-default-route',
    what,
    culprit: 'the routes of this host',
    advice: 'ip route add default via GATEWAY, or let whoever configures this host do it again',
  }
}

/** The first before the main table's own that is about packets of (src), or to (dst), whoever that is. */
export function ruleFor(
  { examined }: Sight,
  side: 'src' | 'dst',
  who?: { subnet: string; bridge: string },
): AnyRule | undefined {
  const guests = parseIpv4Cidr(who?.subnet ?? '')
  return [...examined.rules]
    .sort((a, b) => a.priority - b.priority)
    .find((rule) => {
      if (rule.priority === 0 || rule.priority >= MAIN_PRIORITY || rule['fwmark'] !== undefined) return false
      const address = rule[side]
      if (typeof address !== 'string' || address === 'all')
        return side === 'src' && isOfLink(rule, who?.bridge)
      const length = rule[`${side}len`]
      const cidr = parseIpv4Cidr(`${address}/${typeof length === 'number' ? String(length) : '32'}`)
      return (
        cidr !== undefined &&
        (guests === undefined || ipv4Overlaps(cidr, guests)) &&
        isOfLink(rule, who?.bridge)
      )
    })
}

/** Of the rule that leads to the main table. */
const MAIN_PRIORITY = 32766
const isOfLink = (rule: AnyRule, bridge: string | undefined): boolean =>
  rule['iif'] === undefined || rule['iif'] === bridge

export function ruleWords(rule: AnyRule): string {
  const part = (side: 'src' | 'dst', word: string): string => {
    const address = rule[side]
    if (typeof address !== 'string' || address === 'all') return ''
    const length = rule[`${side}len`]
    return ` ${word} ${address}${typeof length === 'number' ? `/${String(length)}` : ''}`
  }
  const where = rule.action ?? `lookup ${rule.table ?? 'main'}`
  return `${String(rule.priority)}:${part('src', 'from') || ' from all'}${part('dst', 'to')} ${where}`
}

export function routeWords({ type = 'unicast', dst, dev, gateway, metric, table }: AnyRoute): string {
  return [
    ...(type === 'unicast' ? [] : [type]),
    dst,
    ...(gateway === undefined ? [] : ['via', gateway]),
    ...(dev === undefined || type !== 'unicast' ? [] : ['dev', dev]),
    ...(metric === undefined ? [] : ['metric', String(metric)]),
    ...(table === undefined || table === 'main' ? [] : ['table', table]),
  ].join(' ')
}
