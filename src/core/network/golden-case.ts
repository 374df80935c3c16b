/** One case for golden/ and for the laws: a network as wanted, what runs already, what somebody did to it by hand, and what is seen then. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Address } from '../address/ipv4.ts'
import type { MacAddress } from '../address/mac.ts'
import type { HostFacts } from '../host/facts.ts'
import type { SeenLink } from '../host/link.ts'
import { networkAlias, shimAlias } from '../host/mark.ts'
import { ipForwardNote, networkLiveFile } from '../host/paths.ts'
import { formatRuleset } from './firewall/nft-ruleset.ts'
import { formatLiveNetwork } from './dnsmasq/plan-run-directory.ts'
import type { PortSpec } from './port.ts'
import { isReached, shimName } from './bridge/plan-reach.ts'
import type { SeenQueue } from './bridge/impairment.ts'
import { detourName, DIRECTIONS, limitOf, queueLink } from './bridge/plan-queue.ts'
import type { SeenHost } from './seen.ts'
import { isForwarded, ipv4Of, ipv4sOf, ipv6Of, ipv6sOf } from './ips.ts'
import { needsFirewall } from './firewall/plan-firewall.ts'
import type { NetworkSpec } from './spec.ts'

export interface GoldenCase {
  /** Its folder in golden/. */
  readonly name: string
  /** A sentence: what is to be seen here. */
  readonly about: string
  readonly wanted: NetworkSpec
  /** Networks that run before, in the order they were started; `wanted` is among them where it is to be repaired. */
  readonly running: readonly NetworkSpec[]
  /** What somebody did after that, as commands. */
  readonly disturb: readonly (readonly [string, ...string[]])[]
  /** What is seen after `running` and `disturb`: for tests without a kernel. */
  readonly seen: (facts: HostFacts) => SeenHost
  /** Guests for the dnsmasq files. */
  readonly ports: readonly PortSpec[]
}

/** The other networks that run, as the planners want them. */
export function othersOf({ wanted, running }: GoldenCase): NetworkSpec[] {
  return running.filter((network) => network.name !== wanted.name)
}

export const WEB: PortSpec = {
  network: 'lab',
  interface: 'vnet0' as InterfaceName,
  mac: '52:54:00:00:00:0a' as MacAddress,
  hostName: 'web',
}
export const BOX: PortSpec = {
  network: 'lab',
  interface: 'vport0' as InterfaceName,
  mac: '52:54:00:00:00:0b' as MacAddress,
  hostName: 'box',
  ip: '192.168.150.20' as Ipv4Address,
}

export type Tweak = (seen: SeenHost) => SeenHost

interface Before extends Partial<Pick<GoldenCase, 'running' | 'disturb' | 'ports'>> {
  readonly tweak?: Tweak
}

export function goldenCase(
  name: string,
  about: string,
  wanted: NetworkSpec,
  before: Before = {},
): GoldenCase {
  const { running = [], disturb = [], ports = [WEB], tweak } = before
  return {
    name,
    about,
    wanted,
    running,
    disturb,
    ports: ports.map((port) => ({ ...port, network: wanted.name })),
    seen(facts) {
      const seen = seenRunning(running, facts)
      return tweak === undefined ? seen : tweak(seen)
    },
  }
}

export function onBridge(name: string, change: Partial<SeenLink>): Tweak {
  return (seen) => ({
    ...seen,
    links: seen.links.map((link) => (link.name === name ? { ...link, ...change } : link)),
  })
}

/** A host on which exactly these networks run as they should. */
export function seenRunning(networks: readonly NetworkSpec[], facts: HostFacts): SeenHost {
  const forwards4 = networks.some((each) => isForwarded(each) && ipv4Of(each) !== undefined)
  const forwards6 = networks.some((each) => isForwarded(each) && ipv6Of(each) !== undefined)
  return {
    links: networks.flatMap((each, position) => [
      ...bridgeLink(each, position),
      ...detourLinks(each),
      ...shimLinks(each),
    ]),
    queues: networks.flatMap(queuesOf),
    routes: [],
    routes6: [],
    rules: [],
    rules6: [],
    ipForward: forwards4,
    ipForwardBefore: forwards4 ? '0\n' : undefined,
    ipv6Forwarding: forwards6,
    ipv6ForwardingBefore: forwards6 ? '0\n' : undefined,
    acceptRa: new Map(),
    firewall: networks.some(needsFirewall) ? formatRuleset(networks) : undefined,
    guard: undefined,
    foreignChains: [],
    bridgeFilter: { ipv4: false, ipv6: false },
    files: new Map([
      ...networks.map((each) => [networkLiveFile(facts.paths, each.name), formatLiveNetwork(each)] as const),
      ...(forwards4 ? [[ipForwardNote(facts.paths), '0\n'] as const] : []),
    ]),
    borrowed: networks.filter(({ bridge }) => bridge === undefined).map(({ name }) => name),
    dnsmasqRunning: new Set(),
  }
}

function bridgeLink(network: NetworkSpec, position: number): SeenLink[] {
  const { name, bridge, mac } = network
  if (bridge === undefined || mac === undefined) return []
  const delay = bridge.stp ? Math.min(30, Math.max(2, bridge.delaySeconds)) : bridge.delaySeconds
  return [
    {
      index: position + 2,
      name: bridge.name,
      kind: 'bridge',
      mac,
      mtu: network.mtu ?? 1500,
      isUp: true,
      hasCarrier: false,
      master: undefined,
      alias: networkAlias(name),
      ipv4: ipv4sOf(network).map(({ cidr }) => cidr),
      ipv6: ipv6sOf(network).map(({ cidr }) => cidr),
      bridge: { stp: bridge.stp, forwardDelaySeconds: delay, id: `8000.${mac.replaceAll(':', '')}` },
      portState: undefined,
    },
  ]
}

export function nicLink(name: string, isUp: boolean): SeenLink {
  return {
    index: 9,
    name: name as InterfaceName,
    kind: undefined,
    mac: '02:00:00:00:00:09',
    mtu: 1500,
    isUp,
    hasCarrier: isUp,
    master: undefined,
    alias: undefined,
    ipv4: [],
    ipv6: [],
    bridge: undefined,
    portState: undefined,
  }
}

function detourLinks({ bridge, bandwidth }: NetworkSpec): SeenLink[] {
  if (bridge === undefined || bandwidth?.outbound === undefined) return []
  return [{ ...nicLink(detourName(bridge.name), true), kind: 'ifb', alias: `weft:queue:${bridge.name}` }]
}

function shimLinks(network: NetworkSpec): SeenLink[] {
  if (!isReached(network)) return []
  const [device] = network.devices
  const sitsOn = device === undefined ? {} : { sitsOn: { device, mode: 'bridge' } }
  return [{ ...nicLink(shimName(network), true), kind: 'macvlan', alias: shimAlias(network.name), ...sitsOn }]
}

function queuesOf({ bridge, bandwidth }: NetworkSpec): SeenQueue[] {
  if (bridge === undefined) return []
  return DIRECTIONS.flatMap((direction) => {
    const impairment = limitOf(bandwidth, direction)
    const name = queueLink(bridge.name, false, direction)
    return impairment.rateBits === 0 ? [] : [{ interface: name, kind: 'tbf', handle: '7ef1:', impairment }]
  })
}
