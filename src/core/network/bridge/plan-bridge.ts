/** The virtual switch of a network: created, or brought back to what it should be. */
import type { SeenLink } from '../../host/link.ts'
import { networkAlias, readMark } from '../../host/mark.ts'
import { run, type Action, type RunAction } from '../../plan/action.ts'
import { noUndo, type Step } from '../../plan/plan.ts'
import { USUAL_MTU, wantedMtu } from '../mtu.ts'
import { addressSteps } from '../addresses/plan-address.ts'
import { bandwidthSteps } from './plan-queue.ts'
import { routeSteps } from './plan-route.ts'
import { bridgeOf, type SeenHost } from '../seen.ts'
import { ipv6Of } from '../ips.ts'
import type { BridgeSpec, NetworkSpec, SwitchedNetwork } from '../spec.ts'

export function bridgeSteps(wanted: SwitchedNetwork, seen: SeenHost): Step[] {
  const there = bridgeOf(seen, wanted.name)
  return [
    ...(there === undefined ? createSteps(wanted) : repairSteps(wanted, there)),
    ...(there === undefined ? [] : mtuSteps(wanted, there, seen)),
    ...addressSteps(wanted, there),
    ...upSteps(wanted, there, wantedMtu(wanted, seen)),
    // A route needs a switch that is on.
    ...routeSteps(wanted, seen),
  ]
}

/** What may pass between the guests and everybody else: neighbours speak to each other as fast as they can. */
export function switchLimitSteps({ name, bridge, bandwidth }: SwitchedNetwork, seen: SeenHost): Step[] {
  const end = { interface: bridge.name, guest: `the guests of ${name}` }
  return bandwidthSteps(end, bandwidth, seen)
}

/** The kernel sets the delay before it turns STP on, and only then takes one below 2 s; so does libvirt. */
function createSteps(wanted: SwitchedNetwork): Step[] {
  const { name, mac, bridge } = wanted
  const add = run('ip', 'link', 'add', 'name', bridge.name, 'address', mac, 'type', 'bridge')
  const create: Step = {
    reason: `a bridge is the virtual switch that guests of ${name} are plugged into`,
    do: { ...add, argv: [...add.argv, ...delayWords(bridge.delaySeconds), ...stpWords(bridge.stp)] },
    undo: { ...run('ip', 'link', 'delete', 'dev', bridge.name), accept: [1] },
  }
  return [create, ...(ipv6Of(wanted) === undefined ? [noIpv6Step(wanted)] : ipv6Steps(wanted))]
}

export function noIpv6Step({ name, bridge }: SwitchedNetwork): Step {
  const disableIpv6 = (value: string): Action => ({ kind: 'sysctl', key: disableIpv6Key(bridge.name), value })
  return {
    reason: `${name} speaks IPv4 only: no IPv6 address appears on its bridge by itself`,
    do: disableIpv6('1'),
    undo: disableIpv6('0'),
  }
}

/** Before any address: asking whether somebody else has one takes a second, and nobody can. */
export function ipv6Steps({ name, bridge }: SwitchedNetwork): Step[] {
  const set = (key: string, reason: string): Step => ({
    reason,
    do: { kind: 'sysctl', key: `net.ipv6.conf.${bridge.name.replaceAll('.', '/')}.${key}`, value: '0' },
    undo: noUndo('it goes with the bridge'),
  })
  return [
    set('accept_ra', `this host is the router on ${name}: a guest that says it is one is not believed`),
    set('accept_dad', `this host's IPv6 addresses on ${name} can be used at once`),
  ]
}

/** sysctl(8) writes a dot inside an interface name as a slash. */
export function disableIpv6Key(interfaceName: string): string {
  return `net.ipv6.conf.${interfaceName.replaceAll('.', '/')}.disable_ipv6`
}

function repairSteps({ name, mac, bridge }: SwitchedNetwork, there: SeenLink): Step[] {
  const steps: Step[] = []
  if (there.mac !== mac) {
    steps.push({
      reason: `the bridge of ${name} keeps one MAC for the network's whole life`,
      do: run('ip', 'link', 'set', 'dev', bridge.name, 'address', mac),
      undo:
        there.mac === undefined
          ? noUndo('it had no MAC before')
          : run('ip', 'link', 'set', 'dev', bridge.name, 'address', there.mac),
    })
  }
  return [...steps, ...stpSteps(bridge, there)]
}

/**
 * Less takes effect in what this host sends and announces, and nobody is cut off: a guest that has not heard of it yet goes on as it was,
 * its neighbours' plugs still take its frames.
 */
function mtuSteps(wanted: SwitchedNetwork, there: SeenLink, seen: SeenHost): Step[] {
  const mtu = wantedMtu(wanted, seen) ?? there.mtu
  if (there.mtu === mtu) return []
  const reason = `packets on ${wanted.name} have at most ${String(mtu)} bytes; guests hear of it when they renew their leases`
  return [mtuStep(there, mtu, reason)]
}

/** For more, the plugs that weft made grow first. */
export function growSteps(live: NetworkSpec, seen: SeenHost): Step[] {
  const mtu = wantedMtu(live, seen)
  const there = bridgeOf(seen, live.name)
  if (mtu === undefined || there === undefined || there.mtu >= mtu) return []
  const isOurs = ({ alias }: SeenLink): boolean => ['vm', 'port'].includes(readMark(alias)?.kind ?? '')
  return seen.links
    .filter((link) => link.master === there.name && link.mtu < mtu && isOurs(link))
    .map((link) => mtuStep(link, mtu, `${link.name} takes what ${live.name} will carry`))
}

function mtuStep({ name, mtu: before }: SeenLink, mtu: number, reason: string): Step {
  const set = (bytes: number): RunAction => run('ip', 'link', 'set', 'dev', name, 'mtu', String(bytes))
  return { reason, do: set(mtu), undo: { ...set(before), accept: [1] } }
}

/** STP first: what delay the kernel takes depends on it. */
function stpSteps(bridge: BridgeSpec, there: SeenLink): Step[] {
  const seenStp = there.bridge?.stp ?? false
  const seenDelay = there.bridge?.forwardDelaySeconds ?? 0
  const stp: Step = {
    reason: bridge.stp
      ? 'the spanning tree protocol finds loops'
      : 'no spanning tree protocol is wanted here',
    do: setBridge(bridge.name, stpWords(bridge.stp)),
    undo: setBridge(bridge.name, stpWords(seenStp)),
  }
  const delay = effectiveDelay(bridge, bridge.delaySeconds)
  const delayNow = effectiveDelay(bridge, seenDelay)
  const wait: Step = {
    reason: `a new plug waits ${String(delay)} s in each STP state`,
    do: setBridge(bridge.name, delayWords(delay)),
    undo: setBridge(bridge.name, delayWords(delayNow)),
  }
  return [...(seenStp === bridge.stp ? [] : [stp]), ...(delayNow === delay ? [] : [wait])]
}

/** Marked and switched on in one request: by the mark a running network is known. An MTU given later is kept by the kernel, one given
 * at creation follows the smallest of the plugs. */
function upSteps(wanted: SwitchedNetwork, there: SeenLink | undefined, mtu?: number): Step[] {
  if (there?.isUp === true) return []
  const { name, bridge } = wanted
  const isUsual = mtu === undefined || (wanted.mtu === undefined && mtu === USUAL_MTU)
  const size = isUsual ? [] : ['mtu', String(mtu)]
  const mark = there === undefined ? ['alias', networkAlias(name), ...size] : []
  const reason =
    there === undefined ? `the switch is marked as ${name}'s and switched on` : 'the switch is on'
  const up: Step = {
    reason,
    do: { kind: 'run', argv: ['ip', 'link', 'set', 'dev', bridge.name, ...mark, 'up'] },
    undo: { ...run('ip', 'link', 'set', 'dev', bridge.name, 'down'), accept: [1] },
  }
  if (there === undefined || !bridge.stp) return [up]
  return [
    {
      reason: 'plugs that are switched on while STP is off need not wait 4 s for it',
      do: setBridge(bridge.name, stpWords(false)),
      undo: setBridge(bridge.name, stpWords(true)),
    },
    up,
    {
      reason: 'STP is on again and still finds loops',
      do: setBridge(bridge.name, stpWords(true)),
      undo: noUndo('it was on before the switch was'),
    },
  ]
}

/** A bridge takes 2 to 30 s while STP is on, and moves what it has there when STP comes on. */
function effectiveDelay({ stp }: BridgeSpec, seconds: number): number {
  return stp ? Math.min(30, Math.max(2, seconds)) : seconds
}

function setBridge(name: string, words: readonly string[]): Action {
  return { kind: 'run', argv: ['ip', 'link', 'set', 'dev', name, 'type', 'bridge', ...words] }
}

/** ip wants hundredths of a second. */
function delayWords(seconds: number): string[] {
  return ['forward_delay', String(seconds * 100)]
}

function stpWords(isOn: boolean): string[] {
  return ['stp_state', isOn ? '1' : '0']
}
