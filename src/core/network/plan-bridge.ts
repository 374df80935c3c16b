/** The virtual switch of a network: created, or brought back to what it should be. */
import { formatIpv4Cidr, ipv4Bounds, ipv4FromNumber, type Ipv4Cidr } from '../address/ipv4.ts'
import type { SeenLink } from '../host/link.ts'
import { run, type Action } from '../plan/action.ts'
import { noUndo, type Step } from '../plan/plan.ts'
import { bridgeOf, networkAlias, type SeenHost } from './seen.ts'
import type { BridgeSpec, NetworkSpec } from './spec.ts'

export function bridgeSteps(wanted: NetworkSpec, seen: SeenHost): Step[] {
  const there = bridgeOf(seen, wanted.name)
  return [
    ...(there === undefined ? createSteps(wanted) : repairSteps(wanted, there)),
    ...addressSteps(wanted, there),
    ...upSteps(wanted, there),
  ]
}

/** The kernel sets the delay before it turns STP on, and only then takes one below 2 s; so does libvirt. */
function createSteps({ name, mac, bridge }: NetworkSpec): Step[] {
  const add = run('ip', 'link', 'add', 'name', bridge.name, 'address', mac, 'type', 'bridge')
  const disableIpv6 = (value: string): Action => ({ kind: 'sysctl', key: disableIpv6Key(bridge.name), value })
  return [
    {
      reason: `a bridge is the virtual switch that guests of ${name} are plugged into`,
      do: { ...add, argv: [...add.argv, ...delayWords(bridge.delaySeconds), ...stpWords(bridge.stp)] },
      undo: { ...run('ip', 'link', 'delete', 'dev', bridge.name), accept: [1] },
    },
    {
      reason: `${name} speaks IPv4 only: no IPv6 address appears on its bridge by itself`,
      do: disableIpv6('1'),
      undo: disableIpv6('0'),
    },
  ]
}

/** sysctl(8) writes a dot inside an interface name as a slash. */
export function disableIpv6Key(interfaceName: string): string {
  return `net.ipv6.conf.${interfaceName.replaceAll('.', '/')}.disable_ipv6`
}

function repairSteps({ name, mac, bridge }: NetworkSpec, there: SeenLink): Step[] {
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

function addressSteps(wanted: NetworkSpec, there: SeenLink | undefined): Step[] {
  const cidr = wanted.ip?.cidr
  if (cidr === undefined || there?.ipv4.some((seen) => sameCidr(seen, cidr)) === true) return []
  const { name } = wanted.bridge
  const add = run('ip', 'address', 'add', formatIpv4Cidr(cidr))
  const role = wanted.mode === 'nat' ? 'their gateway and name server' : 'their name server'
  return [
    {
      reason: `this host is ${cidr.address} to the guests of ${wanted.name}: ${role}`,
      do: { ...add, argv: [...add.argv, ...broadcastWords(cidr), 'dev', name] },
      undo: { ...run('ip', 'address', 'delete', formatIpv4Cidr(cidr), 'dev', name), accept: [1, 2] },
    },
  ]
}

/** Marked and switched on in one request: by the mark a running network is known. */
function upSteps({ name, bridge }: NetworkSpec, there: SeenLink | undefined): Step[] {
  if (there?.isUp === true) return []
  const mark = there === undefined ? ['alias', networkAlias(name)] : []
  const reason =
    there === undefined ? `the switch is marked as ${name}'s and switched on` : 'the switch is on'
  return [
    {
      reason,
      do: { kind: 'run', argv: ['ip', 'link', 'set', 'dev', bridge.name, ...mark, 'up'] },
      undo: { ...run('ip', 'link', 'set', 'dev', bridge.name, 'down'), accept: [1] },
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

export function broadcastWords(cidr: Ipv4Cidr): string[] {
  return cidr.prefix > 30 ? [] : ['broadcast', ipv4FromNumber(ipv4Bounds(cidr).last)]
}

function sameCidr(a: Ipv4Cidr, b: Ipv4Cidr): boolean {
  return a.address === b.address && a.prefix === b.prefix
}
