/** All the doctor has seen, from one look: what every planner sees, and what only somebody who asks "why" wants to know. */
import type { HostFacts } from '../host/facts.ts'
import type { SeenLink } from '../host/link.ts'
import type { RulesText } from '../host/ruleset/ruleset.ts'
import type { PortSpec } from '../network/port.ts'
import type { SeenHost } from '../network/seen.ts'
import type { NetworkSpec } from '../network/spec.ts'
import type { Step } from '../plan/plan.ts'
import type { Offer } from './probe-packets.ts'

/** Somewhere far away: of a packet that went there the kernel is asked which way it would take. None is sent. */
export const FAR_AWAY = '1.1.1.1'

export interface Sight {
  readonly seen: SeenHost
  readonly facts: HostFacts
  /** All networks that run, as they were started. */
  readonly live: readonly NetworkSpec[]
  readonly plugs: readonly Plug[]
  /** What would make each network again what it was started as. */
  readonly drift: ReadonlyMap<string, readonly Step[]>
  readonly examined: Examined
  /** Seconds since 1970. */
  readonly now: number
}

/** A guest's plug: one NIC of a machine, or a namespace's cable. */
export interface Plug {
  /** What people call the guest. */
  readonly guest: string
  readonly network: string
  /** `nic0`; only of machines. */
  readonly nic?: string
  /** The host's end, as weft has noted it. */
  readonly interface: string
  readonly link: SeenLink | undefined
  readonly port: PortSpec | undefined
  /** The guest's. */
  readonly mac: string | undefined
  /** The address it has or should have, as far as this host knows. */
  readonly ip: string | undefined
  /** The same of IPv6; absent: nobody knows one. */
  readonly ip6?: string
  /** Only of machines: QEMU's own word for what it does. */
  readonly status?: string
  /** A link is no TAP of weft's: somebody has plugged it in. */
  readonly isByHand?: true
}

export interface Examined {
  /** Absent: nothing was tried. */
  readonly probed?: Probed
  /** What each port of a bridge is set to, by link. */
  readonly ports: ReadonlyMap<string, BridgePort>
  /** `NOARP`, `NO-CARRIER`, ..., by link. */
  readonly flags: ReadonlyMap<string, readonly string[]>
  readonly neighbours: readonly MetNeighbour[]
  /** `net.ipv4.conf.virbr0.forwarding` → `1`; of those that were asked for. */
  readonly settings: ReadonlyMap<string, string>
  /** Where a packet to somewhere far away would go, from guests of a network, or ('') from this host. */
  readonly ways: ReadonlyMap<string, Way>
  /** Routes and rules of every kind, to find out why there is no way. */
  readonly routes: readonly AnyRoute[]
  readonly rules: readonly AnyRule[]
  /** What a namespace sees of its own end, and a machine whose agent tells, by the host's end. */
  readonly inside: ReadonlyMap<string, Inside>
  /** By network. */
  readonly dnsmasqs: ReadonlyMap<string, { readonly pid: number; readonly isStopped: boolean }>
  /** On the ports for names and for addresses. */
  readonly servers: readonly Server[]
  /** Where bridges send frames for a MAC. */
  readonly forwarding: readonly LearntMac[]
  readonly ruleset: RulesText
  /** Name servers that are asked for guests. */
  readonly upstreams: readonly string[]
  /** What has been carried since a link came up: packets that came in at it. */
  readonly heard: ReadonlyMap<string, number>
}

/** What came of trying. */
export interface Probed {
  /** By address, whether a ping came back; absent: there is no program for it. */
  readonly pings: ReadonlyMap<string, boolean>
  /** By network, whether its dnsmasq answers. */
  readonly names: ReadonlyMap<string, boolean>
  /** By network, who offers addresses. */
  readonly offers: ReadonlyMap<string, readonly Offer[]>
}

/** As `ip -d` has it. */
export interface BridgePort {
  readonly state: string
  readonly isolated: boolean
  readonly locked: boolean
  readonly learning: boolean
  readonly flood: boolean
  readonly bcast_flood: boolean
}

export interface MetNeighbour {
  readonly ip: string
  readonly mac: string | undefined
  readonly interface: string
  /** REACHABLE, STALE, FAILED, INCOMPLETE, PERMANENT, ... */
  readonly state: string
}

export interface Way {
  readonly device?: string
  readonly gateway?: string
  /** Why there is none, in the kernel's words. */
  readonly refusal?: string
}

/** As `ip -j route show table all` has it. */
export interface AnyRoute {
  readonly type?: string
  readonly dst: string
  readonly dev?: string
  readonly gateway?: string
  readonly table?: string
  readonly metric?: number
  readonly protocol?: string
  readonly flags?: readonly string[]
}

/** As `ip -j rule` has it. */
export type AnyRule = Readonly<Record<string, unknown>> & {
  readonly priority: number
  readonly table?: string
  readonly action?: string
}

export interface Inside {
  readonly of: 'namespace' | 'machine'
  /** How a command in there begins: `ip -n box`, `weft vm exec web -- ip`. */
  readonly command: string
  readonly name: string
  /** Absent, like other things below: an agent does not tell. */
  readonly isUp?: boolean
  readonly mtu?: number
  readonly mac: string | undefined
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[]
  /** Gateways of its default routes. */
  readonly gateways?: readonly { readonly gateway: string | undefined; readonly device: string | undefined }[]
}

/** Somebody who listens for UDP. */
export interface Server {
  readonly port: number
  /** Absent: at every address. */
  readonly address?: string
  /** Absent: on every link. */
  readonly device?: string
  readonly program: string
  readonly pid: number
}

export interface LearntMac {
  readonly mac: string
  readonly port: string
  readonly bridge: string | undefined
  /** Somebody has written it there: it was not learnt, and is not forgotten. */
  readonly isFixed: boolean
  /** Nor does it move when the guest is heard elsewhere. */
  readonly isSticky: boolean
}

export const settingOf = ({ examined }: Sight, key: string): string | undefined => examined.settings.get(key)
