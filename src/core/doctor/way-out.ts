/** Whether the kernel has a way out for packets of guests, and if not, which route, rule or setting is to blame. */
import { formatIpv4Network, ipv4Contains, parseIpv4, parseIpv4Cidr } from '../address/ipv4.ts'
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
  const rule = ruleFor(network.bridge.name, formatIpv4Network(ip.cidr), sight)
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

/** The first before the main table's own that concerns what comes from there. */
function ruleFor(bridge: string, subnet: string, { examined }: Sight): AnyRule | undefined {
  const guests = parseIpv4Cidr(subnet)
  return [...examined.rules]
    .sort((a, b) => a.priority - b.priority)
    .find((rule) => {
      if (rule.priority === 0 || rule.priority >= 32766) return false
      const source = typeof rule['src'] === 'string' ? rule['src'] : 'all'
      const incoming = rule['iif']
      const from = parseIpv4(source)
      const length = typeof rule['srclen'] === 'number' ? rule['srclen'] : 32
      const cidr = from === undefined ? undefined : parseIpv4Cidr(`${from}/${String(length)}`)
      const isFromHere =
        source === 'all' || (cidr !== undefined && guests !== undefined && ipv4Contains(cidr, guests.address))
      return isFromHere && (incoming === undefined || incoming === bridge) && rule['fwmark'] === undefined
    })
}

function ruleWords(rule: AnyRule): string {
  const source = typeof rule['src'] === 'string' ? rule['src'] : 'all'
  const length = typeof rule['srclen'] === 'number' && source !== 'all' ? `/${String(rule['srclen'])}` : ''
  const where = rule.action ?? `lookup ${rule.table ?? 'main'}`
  return `${String(rule.priority)}: from ${source}${length} ${where}`
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
