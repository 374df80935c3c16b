/** Packets that a guest needs, sent through every rule of this host by the judge: for its address, for names, to the outside and back. */
import { ipv4Contains, parseIpv4 } from '../address/ipv4.ts'
import { answerTo, judgeFlow, type Flow, type FlowHost, type RouteAnswer } from '../host/flow/flow.ts'
import { hostAnswers } from '../host/flow/host-answers.ts'
import type { Packet } from '../host/ruleset/ruleset.ts'
import { ipv4Of } from '../network/ips.ts'
import { rulesetOf } from '../network/neighbours/legacy-ruleset.ts'
import type { SwitchedNetwork } from '../network/spec.ts'
import { FAR_AWAY, type Sight } from './sight.ts'

/** Somebody on a switch: a guest's plug, or whoever may come. */
export interface Sender {
  readonly address: string
  /** The host's end of its cable. */
  readonly port?: string
  readonly mac?: string | undefined
}

const ANY_PORT = 40_000
const NOBODY = '0.0.0.0'

export function flowHost(sight: Sight, sender?: Sender): FlowHost {
  const { seen, examined, plugs, live } = sight
  const answers = hostAnswers(seen)
  const bridges = new Map(live.map(({ name, bridge }) => [name, bridge?.name]))
  return {
    ruleset: rulesetOf(examined.ruleset),
    answers,
    filtersFrames: seen.filtersBridged === true,
    forwards: (family) => (family === 'ip' ? seen.ipForward : seen.ipv6Forwarding),
    portOf(bridge, address) {
      const isSender = sender?.port !== undefined && [sender.address, NOBODY].includes(address)
      if (isSender) return { port: sender.port, mac: sender.mac }
      const plug = plugs.find(({ ip, network }) => ip === address && bridges.get(network) === bridge)
      return plug === undefined ? undefined : { port: plug.interface, mac: plug.mac }
    },
    route({ destination, in: from }) {
      const type = answers.typeOf(destination)
      if (type === 'local' || type === 'broadcast') return { to: 'this host' }
      return toDevice(
        destination === FAR_AWAY ? farDevice(sight, from) : nearDevice(seen.routes, destination),
      )
    },
  }
}

const toDevice = (device: string | undefined): RouteAnswer =>
  device === undefined ? { to: 'nowhere' } : { to: 'device', device }

function farDevice({ examined, live }: Sight, from: string | undefined): string | undefined {
  const network = live.find(({ bridge }) => bridge?.name === from)?.name
  return examined.ways.get(network ?? '')?.device
}

/** By the longest prefix of the main table. */
function nearDevice(routes: Sight['seen']['routes'], destination: string): string | undefined {
  const address = parseIpv4(destination)
  if (address === undefined) return undefined
  return routes
    .filter((route) => route.table === 'main' && ipv4Contains(route.destination, address))
    .sort((a, b) => b.destination.prefix - a.destination.prefix || (a.metric ?? 0) - (b.metric ?? 0))[0]
    ?.device
}

export interface Tried {
  /** After "packets": `for an address`. */
  readonly what: string
  readonly flow: Flow
  readonly isAnswer: boolean
  /** The guest's, where it is known. */
  readonly port: string | undefined
}

/** What a guest asks of this host. */
export function localFlows(network: SwitchedNetwork, sight: Sight, sender: Sender): Tried[] {
  const ip = ipv4Of(network)
  if (ip === undefined) return []
  const host = flowHost(sight, sender)
  const base = { family: 'ip', protocol: 'udp', in: network.bridge.name, state: 'new' } as const
  const asks: Packet = {
    ...base,
    source: NOBODY,
    destination: '255.255.255.255',
    sourcePort: 68,
    destinationPort: 67,
  }
  const looksUp: Packet = {
    ...base,
    source: sender.address,
    destination: ip.cidr.address,
    sourcePort: ANY_PORT,
    destinationPort: 53,
  }
  const about = { isAnswer: false, port: sender.port }
  return [
    ...(ip.dhcp === undefined
      ? []
      : [{ what: 'with which guests ask for an address', flow: judgeFlow(host, asks), ...about }]),
    ...(network.dns?.isEnabled === false
      ? []
      : [{ what: 'with which guests ask this host for names', flow: judgeFlow(host, looksUp), ...about }]),
  ]
}

/** To the outside, and the answer. */
export function outwardFlows(
  network: SwitchedNetwork,
  sight: Sight,
  sender: Sender,
  protocol: 'tcp' | 'icmp' = 'tcp',
): Tried[] {
  const ports = protocol === 'tcp' ? { sourcePort: ANY_PORT, destinationPort: 443 } : {}
  const packet: Packet = {
    family: 'ip',
    protocol,
    source: sender.address,
    destination: FAR_AWAY,
    in: network.bridge.name,
    state: 'new',
    ...ports,
  }
  const [there, back] = ['of guests to the outside', 'from the outside back to guests']
  return thereAndBack(flowHost(sight, sender), packet, { there, back, port: sender.port })
}

/** This host's own questions to a name server. */
export function nameFlows(sight: Sight, server: string): Tried[] {
  const packet: Packet = {
    family: 'ip',
    protocol: 'udp',
    destination: server,
    sourcePort: ANY_PORT,
    destinationPort: 53,
    state: 'new',
  }
  const [there, back] = [`to name server ${server}`, `from name server ${server}`]
  return thereAndBack(flowHost(sight), packet, { there, back, port: undefined })
}

function thereAndBack(
  host: FlowHost,
  packet: Packet,
  { there, back, port }: { there: string; back: string; port: string | undefined },
): Tried[] {
  const flow = judgeFlow(host, packet)
  const answer = flow.verdict === 'accept' ? answerTo(packet, flow) : undefined
  return [
    { what: there, flow, isAnswer: false, port },
    ...(answer === undefined ? [] : [{ what: back, flow: judgeFlow(host, answer), isAnswer: true, port }]),
  ]
}
