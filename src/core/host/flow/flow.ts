/**
 * A packet's whole way through this host, hook by hook, worked out from rules and routes. Where it goes is asked of whoever knows the
 * host's routes; what changes on the way (address translation) is carried along.
 */
import { judge } from '../ruleset/judge.ts'
import type { HostAnswers, Judgement, Packet, Place, Ruleset, Verdict } from '../ruleset/ruleset.ts'

/** Where the host sends what has this target. */
export interface RouteQuestion {
  readonly family: Packet['family']
  readonly destination: string
  /** Absent: the packet is this host's own. */
  readonly in?: string
  readonly source?: string | undefined
}

export type RouteAnswer =
  | { readonly to: 'this host' }
  | { readonly to: 'device'; readonly device: string }
  | { readonly to: 'nowhere' }

/** A port of a bridge behind which somebody is. */
export interface BridgePort {
  readonly port: string
  readonly mac?: string | undefined
}

export interface FlowHost {
  readonly ruleset: Ruleset
  readonly answers: HostAnswers
  /** Undefined: nobody knows. */
  route(question: RouteQuestion): RouteAnswer | undefined
  /** Who is behind which port of a bridge, by the address. */
  portOf?(bridge: string, address: string): BridgePort | undefined
  /** Whether frames between ports of a bridge go through the IP chains too (br_netfilter). */
  readonly filtersFrames?: boolean
  /** The same of IPv6. */
  readonly filtersFrames6?: boolean
  /** Whether packets of others are sent on at all; absent: yes. */
  forwards?(family: Packet['family']): boolean
}

export interface Hop {
  readonly place: Place
  readonly judgement: Judgement
}

export interface Flow {
  readonly verdict: Verdict
  readonly hops: readonly Hop[]
  /** Where it arrives; absent when it does not, or nobody knows where. */
  readonly end?: RouteAnswer
  /** As it arrives. */
  readonly packet: Packet
  /** Why it ends where no rule ends it. */
  readonly because?: 'no route' | 'not forwarded' | 'not known'
}

/** What is found out on the way. */
interface Walk {
  readonly host: FlowHost
  readonly hops: Hop[]
  packet: Packet
}

/** `packet.in` is the bridge or NIC it comes in by, absent for what this host sends. */
export function judgeFlow(host: FlowHost, packet: Packet): Flow {
  const walk: Walk = { host, hops: [], packet }
  return packet.in === undefined ? fromHere(walk) : fromOutside(walk, packet.in)
}

const isPassed = (walk: Walk, place: Place, more: Partial<Packet> = {}): boolean => {
  const { packet, host, hops } = walk
  const judgement = judge(host.ruleset, { ...packet, ...more }, place, host.answers)
  hops.push({ place, judgement })
  walk.packet = withoutDevices(judgement.packet)
  return judgement.verdict === 'accept'
}

/** Those of one hook are not the next one's. */
function withoutDevices(packet: Packet): Packet {
  const entries = Object.entries(packet).filter(([name]) => name !== 'in' && name !== 'out')
  return Object.fromEntries(entries) as unknown as Packet
}

function stopped({ hops, packet }: Walk): Flow {
  return { verdict: hops.at(-1)?.judgement.verdict ?? 'unknown', hops, packet }
}

const lost = ({ hops, packet }: Walk, because: Flow['because']): Flow => ({
  verdict: because === 'not known' ? 'unknown' : 'drop',
  hops,
  packet,
  ...(because === undefined ? {} : { because }),
})

const arrived = ({ hops, packet }: Walk, end: RouteAnswer): Flow => ({ verdict: 'accept', hops, packet, end })

function fromOutside(walk: Walk, device: string): Flow {
  const from = portAt(walk, device, walk.packet.source)
  const sourceMac = from?.mac ?? walk.packet.sourceMac
  const entered = { ...(sourceMac === undefined ? {} : { sourceMac }) }
  if (from !== undefined && !isPassed(walk, 'bridge prerouting', { ...entered, in: from.port }))
    return stopped(walk)
  const neighbour = portAt(walk, device, walk.packet.destination)
  if (from !== undefined && neighbour !== undefined && walk.packet.isDnat !== true)
    return besides(walk, device, from, neighbour)
  if (from !== undefined && !isPassed(walk, 'bridge input', { ...entered, in: from.port }))
    return stopped(walk)
  if (!isPassed(walk, 'prerouting', { ...entered, in: device })) return stopped(walk)
  const way = routeOf(walk, device)
  if (way === undefined) return lost(walk, 'not known')
  if (way.to === 'nowhere') return lost(walk, 'no route')
  if (way.to === 'this host')
    return isPassed(walk, 'input', { ...entered, in: device }) ? arrived(walk, way) : stopped(walk)
  if (walk.host.forwards?.(walk.packet.family) === false) return lost(walk, 'not forwarded')
  if (!isPassed(walk, 'forward', { ...entered, in: device, out: way.device })) return stopped(walk)
  return leave(walk, way, device)
}

/** From one port of a bridge to another: packets are no matter of the host's, unless br_netfilter makes them so. */
function besides(walk: Walk, bridge: string, from: BridgePort, to: BridgePort): Flow {
  const macs = {
    ...(from.mac === undefined ? {} : { sourceMac: from.mac }),
    ...(to.mac === undefined ? {} : { destinationMac: to.mac }),
  }
  const { filtersFrames, filtersFrames6 } = walk.host
  const isFiltered = (walk.packet.family === 'ip6' ? filtersFrames6 : filtersFrames) === true
  if (isFiltered && !isPassed(walk, 'prerouting', { ...macs, in: bridge })) return stopped(walk)
  if (isFiltered && walk.packet.isDnat === true) return lost(walk, 'not known')
  if (!isPassed(walk, 'bridge forward', { ...macs, in: from.port, out: to.port })) return stopped(walk)
  if (isFiltered && !isPassed(walk, 'forward', { ...macs, in: bridge, out: bridge })) return stopped(walk)
  if (isFiltered && !isPassed(walk, 'postrouting', { ...macs, out: bridge })) return stopped(walk)
  if (!isPassed(walk, 'bridge postrouting', { ...macs, out: to.port })) return stopped(walk)
  return arrived(walk, { to: 'device', device: bridge })
}

function fromHere(walk: Walk): Flow {
  const first = routeOf(walk)
  if (first === undefined) return lost(walk, 'not known')
  if (first.to === 'nowhere') return lost(walk, 'no route')
  const before = walk.packet.destination
  if (!isPassed(walk, 'output', { out: deviceOf(first) })) return stopped(walk)
  const way = walk.packet.destination === before ? first : routeOf(walk)
  if (way === undefined) return lost(walk, 'not known')
  if (way.to === 'nowhere') return lost(walk, 'no route')
  if (way.to === 'device') return leave(walk, way)
  if (!isPassed(walk, 'postrouting', { out: 'lo' })) return stopped(walk)
  // The same packet comes in again, and its connection is translated already.
  if (!isPassed(walk, 'prerouting', { in: 'lo', isSettled: true })) return stopped(walk)
  return isPassed(walk, 'input', { in: 'lo' }) ? arrived(walk, way) : stopped(walk)
}

const deviceOf = (way: RouteAnswer): string => (way.to === 'device' ? way.device : 'lo')

/** At postrouting a packet that is sent on still has the device it came in by. */
function leave(walk: Walk, way: Extract<RouteAnswer, { to: 'device' }>, from?: string): Flow {
  const { destination } = walk.packet
  const devices = { ...(from === undefined ? {} : { in: from }), out: way.device }
  if (!isPassed(walk, 'postrouting', devices)) return stopped(walk)
  const to = portAt(walk, way.device, destination)
  if (to === undefined) return arrived(walk, way)
  const at = { out: to.port, ...(to.mac === undefined ? {} : { destinationMac: to.mac }) }
  const passed = isPassed(walk, 'bridge output', at) && isPassed(walk, 'bridge postrouting', at)
  return passed ? arrived(walk, way) : stopped(walk)
}

const portAt = ({ host }: Walk, device: string, address: string | undefined): BridgePort | undefined =>
  address === undefined ? undefined : host.portOf?.(device, address)

function routeOf({ host, packet }: Walk, device?: string): RouteAnswer | undefined {
  const { family, destination, source } = packet
  if (destination === undefined) return undefined
  return host.route({ family, destination, ...(device === undefined ? {} : { in: device, source }) })
}

/** What comes back to whoever sent the packet: the first answer of the same connection. */
export function answerTo(sent: Packet, { packet, end }: Flow): Packet | undefined {
  if (end === undefined || end.to === 'nowhere' || sent.source === undefined) return undefined
  const isIcmp = sent.protocol.includes('icmp')
  return {
    family: sent.family,
    // As the filters see it: between the two translations.
    source: packet.destination,
    destination: sent.source,
    protocol: sent.protocol,
    sourcePort: packet.destinationPort,
    destinationPort: sent.sourcePort,
    ...(end.to === 'device' ? { in: end.device } : {}),
    ...(isIcmp ? { icmpType: sent.family === 'ip' ? 0 : 129 } : {}),
    state: 'established',
    direction: 'reply',
    ...(packet.isDnat === true ? { isDnat: true } : {}),
    ...(packet.isSnat === true ? { isSnat: true } : {}),
    ...(packet.original === undefined ? {} : { original: packet.original }),
    ...(packet.remembered === undefined ? {} : { remembered: packet.remembered }),
    tcpFlags: ['syn', 'ack'],
  }
}
