/** The switch of a network that runs: its addresses, routes and MTU, and the plugs in it. The bridge itself is never made anew. */
import { formatIpv4Network } from '../../address/ipv4.ts'
import type { HostFacts } from '../../host/facts.ts'
import type { SeenLink } from '../../host/link.ts'
import { disrupts } from '../../plan/disruption.ts'
import { run } from '../../plan/action.ts'
import { invert, noUndo, type Step } from '../../plan/plan.ts'
import { ipv4sOf, ipv6Of } from '../ips.ts'
import { USUAL_MTU, wantedMtu } from '../mtu.ts'
import { addressSteps, hasAddress } from '../addresses/plan-address.ts'
import { switchLimitSteps, bridgeSteps, ipv6Steps, noIpv6Step } from '../bridge/plan-bridge.ts'
import { switchVlanSteps } from '../bridge/plan-vlan.ts'
import { destinationOf, hasRoute } from '../bridge/plan-route.ts'
import { guestsOf } from '../port.ts'
import { bridgeOf, type SeenHost } from '../seen.ts'
import type { IpSpec, RouteSpec, SwitchedNetwork } from '../spec.ts'
import type { NetworkChange } from './plan-update.ts'
import { plugUpdateSteps, type SwitchChange } from './plan-plugs.ts'

/** New addresses come before the old ones go: at no moment is this host nobody to its guests. */
export function switchUpdateSteps(change: SwitchChange, seen: SeenHost, facts: HostFacts): Step[] {
  const { live, wanted } = change
  const there = bridgeOf(seen, wanted.name)
  if (there === undefined) return []
  const plugs = plugUpdateSteps(change, there, seen, facts)
  return [
    ...plugs.before,
    ...familySteps(live, wanted),
    ...bridgeSteps({ ...wanted, routes: [] }, seen),
    ...switchVlanSteps(wanted, seen),
    // Packets that wait in a queue go with it.
    ...switchLimitSteps(wanted, seen).map((step) => ({
      ...step,
      ...disrupts('blip', guestsOf(wanted, seen)),
    })),
    ...defaultMtuSteps(change, there, seen),
    ...routeUpdateSteps(change, seen),
    ...staleAddressSteps(change, there, seen),
    ...invert(familySteps(wanted, live), () => `${wanted.name} speaks IPv4 only from here on`),
    ...plugs.after,
  ]
}

/** IPv6 comes to a bridge that had none, before the first of its addresses. */
function familySteps(live: SwitchedNetwork, wanted: SwitchedNetwork): Step[] {
  if (ipv6Of(live) !== undefined || ipv6Of(wanted) === undefined) return []
  const on = invert([noIpv6Step(wanted)], () => `${wanted.name} speaks IPv6 as well from here on`)
  return [...ipv6Steps(wanted).map(asBefore), ...on]
}

/** The kernel's own setting is 1, and says nothing while IPv6 is off. */
function asBefore(step: Step): Step {
  return step.do.kind === 'sysctl' ? { ...step, undo: { ...step.do, value: '1' } } : step
}

/** Without a word on it, and no way out to follow, a bridge has the size of Ethernet. */
function defaultMtuSteps(change: SwitchChange, there: SeenLink, seen: SeenHost): Step[] {
  const { wanted } = change
  if (!isUsualAgain(change, seen) || there.mtu === USUAL_MTU) return []
  const set = (mtu: number): ReturnType<typeof run> =>
    run('ip', 'link', 'set', 'dev', there.name, 'mtu', String(mtu))
  const reason = `packets on ${wanted.name} have the usual size again`
  return [{ reason, do: set(USUAL_MTU), undo: set(there.mtu) }]
}

function isUsualAgain({ live, wanted }: NetworkChange, seen: SeenHost): boolean {
  return live.mtu !== undefined && wantedMtu(wanted, seen) === undefined
}

/** What dnsmasq is to tell guests: the switch as it will be. */
export function withNewMtu(change: NetworkChange, seen: SeenHost): SeenHost {
  if (!isUsualAgain(change, seen)) return seen
  const there = bridgeOf(seen, change.wanted.name)
  const links = seen.links.map((link) => (link === there ? { ...link, mtu: USUAL_MTU } : link))
  return { ...seen, links }
}

/** A route that only gets another gateway is exchanged in one request: no packet finds none. */
function routeUpdateSteps({ live, wanted }: SwitchChange, seen: SeenHost): Step[] {
  const device = wanted.bridge.name
  const isIn = (routes: readonly RouteSpec[], route: RouteSpec): boolean =>
    routes.some((each) => wordsOf(each, device).join() === wordsOf(route, device).join())
  const stale = live.routes.filter((route) => !isIn(wanted.routes, route) && hasRoute(route, device, seen))
  const missing = wanted.routes.filter((route) => !hasRoute(route, device, seen))
  const before = (route: RouteSpec): RouteSpec | undefined =>
    stale.find((each) => destinationOf(each) === destinationOf(route) && each.metric === route.metric)
  const replaced = new Set(missing.map(before))
  return [
    ...stale.filter((route) => !replaced.has(route)).map((route) => removeRouteStep(route, device)),
    ...missing.map((route) => setRouteStep(route, before(route), device)),
  ]
}

function removeRouteStep(route: RouteSpec, device: string): Step {
  return {
    reason: `nobody leads to ${destinationOf(route)} any more`,
    do: { ...ipRoute('delete', route, device), accept: [1, 2] },
    undo: ipRoute('replace', route, device),
  }
}

function setRouteStep(route: RouteSpec, before: RouteSpec | undefined, device: string): Step {
  return {
    reason: `${destinationOf(route)} is behind the guest at ${route.gateway}`,
    do: ipRoute('replace', route, device),
    undo:
      before === undefined
        ? { ...ipRoute('delete', route, device), accept: [1, 2] }
        : ipRoute('replace', before, device),
  }
}

function ipRoute(verb: string, route: RouteSpec, device: string): ReturnType<typeof run> {
  return { kind: 'run', argv: ['ip', 'route', verb, ...wordsOf(route, device)] }
}

function wordsOf(route: RouteSpec, device: string): string[] {
  const metric = route.metric === undefined ? [] : ['metric', String(route.metric)]
  return [destinationOf(route), 'via', route.gateway, 'dev', device, ...metric]
}

/** Guests that have the address as their gateway or name server are cut off, unless it stays with another prefix. */
function staleAddressSteps({ live, wanted }: SwitchChange, there: SeenLink, seen: SeenHost): Step[] {
  const stale = live.ips.filter((ip) => !wanted.ips.some((each) => isSame(each, ip)) && hasAddress(ip, there))
  const steps = stale.flatMap((ip) => {
    const [add] = addressSteps({ ...live, ips: [ip] }, undefined)
    const stays = wanted.ips.some(({ cidr }) => cidr.address === ip.cidr.address)
    const lost = stays ? {} : disrupts('cut-off', guestsOf(wanted, seen))
    const reason = stays
      ? `${ip.cidr.address} stays, in a subnet of another size`
      : `this host is no longer ${ip.cidr.address} to the guests of ${wanted.name}`
    return add === undefined ? [] : invert([add], () => reason).map((step) => ({ ...step, ...lost }))
  })
  return [...promoteSteps(stale, wanted), ...steps]
}

const isSame = (one: IpSpec, other: IpSpec): boolean =>
  one.cidr.address === other.cidr.address && one.cidr.prefix === other.cidr.prefix

/** The kernel takes the later addresses of a subnet away with the first one, unless told otherwise. */
function promoteSteps(stale: readonly IpSpec[], wanted: SwitchedNetwork): Step[] {
  const subnets = new Set(ipv4sOf(wanted).map(({ cidr }) => formatIpv4Network(cidr)))
  const isShared = ipv4sOf({ ips: stale }).some(({ cidr }) => subnets.has(formatIpv4Network(cidr)))
  if (!isShared) return []
  const key = `net.ipv4.conf.${wanted.bridge.name.replaceAll('.', '/')}.promote_secondaries`
  const because = noUndo('on the way back the address that stays must not go along either')
  const reason = 'the new address stays when the old one of its subnet goes'
  return [{ reason, do: { kind: 'sysctl', key, value: '1' }, undo: because }]
}
