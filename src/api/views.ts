/** What the HTTP API shows: plain JSON, one interface an answer. Times are RFC 3339, sizes bytes, arrays never null. */
import type { HardwareView, VmNicView } from './hardware-views.ts'
import type { CloudInitView } from './first-boot-views.ts'

/** A network in a list: what costs one look for all of them. */
export interface NetworkSummaryView {
  readonly name: string
  readonly uuid: string
  readonly state: 'active' | 'inactive'
  readonly autostart: boolean
  readonly persistent: boolean
  readonly mode: 'nat' | 'route' | 'isolated' | 'open' | 'bridge' | 'private' | 'vepa' | 'passthrough'
  /** null where guests sit on a NIC of the host. */
  readonly bridge: string | null
  readonly address: string | null
  /** What is not as wanted, in sentences; empty when all is well. A list has what weftd has been told of. */
  readonly conditions: readonly string[]
}

export interface NetworkView extends NetworkSummaryView {
  readonly ports: readonly PortView[]
  /** What weft would run so that it is again as it was started: `weft net repair` does. Empty when it is. */
  readonly drift: readonly { readonly reason: string; readonly command: string }[]
}

export interface PortView {
  readonly interface: string
  readonly network: string
  readonly mac: string | null
  /** Whose it is, for people: `machine web`, `namespace box`, `not weft's`. */
  readonly owner: string
  readonly ip: string | null
  readonly name: string | null
  /** forwarding, listening, ... */
  readonly state: string | null
  /** down: its cable was pulled out. */
  readonly link: 'up' | 'down'
}

export interface PortDetailView extends PortView {
  /** As the guest sees it; null when the port went away meanwhile. */
  readonly traffic: TrafficView | null
  /** What is done on purpose to packets towards the guest; 0: nothing. */
  readonly impairment: ImpairmentView
  /** The same for packets of the guest. */
  readonly impairmentFromGuest: ImpairmentView
}

export interface ImpairmentView {
  readonly delayMs: number
  readonly lossPercent: number
  readonly rateBits: number
}

/** Since the guest was plugged in. */
export interface TrafficView {
  /** When it was counted. */
  readonly at: string
  readonly received: CountView
  readonly sent: CountView
}

export interface CountView {
  readonly bytes: number
  readonly packets: number
  /** Packets that were thrown away: nobody fetched them in time. */
  readonly drops: number
}

/** An address that somebody has: IPv4 or IPv6, on lease or not. */
export interface LeaseView {
  /** null: a DHCPv6 guest whose id does not tell. */
  readonly mac: string | null
  readonly ip: string
  readonly name: string | null
  /** DHCP's client id, DHCPv6's DUID. */
  readonly clientId: string | null
  /** false: its guest is away, or never asks. */
  readonly leased: boolean
  /** null: never. */
  readonly expires: string | null
  /** Why nobody else gets it: `machine web`, `reservation`, `port box`; null: it is free when the lease ends. */
  readonly keptFor: string | null
}

/** Who may talk to whom on a network. Lists stand in the order in which they are judged. */
export interface RulesView {
  readonly network: string
  /** For guests of whom nothing else is said. */
  readonly antiSpoofing: 'none' | 'mac' | 'address'
  /** Thrown away because their sender was made up. */
  readonly spoofed: MatchView
  readonly lists: readonly RuleListView[]
}

/** Of a guest, of a group, or of the network, where both are null. */
export interface RuleListView {
  readonly guest: string | null
  readonly group: string | null
  /** What becomes of packets that no rule matches; null: the next list says. */
  readonly in: 'allow' | 'deny' | null
  readonly out: 'allow' | 'deny' | null
  readonly antiSpoofing: 'none' | 'mac' | 'address' | null
  readonly members: readonly string[]
  readonly addresses: readonly string[]
  readonly rules: readonly {
    readonly number: number
    readonly rule: string
    /** null: nobody is held to it now. */
    readonly matched: MatchView | null
  }[]
}

export interface MatchView {
  readonly packets: number
  readonly bytes: number
}

export interface BridgeView {
  readonly name: string
  /** As brctl prints it: `8000.525400b8c99d`. */
  readonly id: string
  readonly stp: boolean
  /** `network default`, or `not weft's`. */
  readonly owner: string
  readonly interfaces: readonly {
    readonly name: string
    readonly owner: string
    readonly state: string | null
  }[]
}

export interface DiskView {
  readonly name: string
  readonly pool: string
  readonly path: string
  readonly format: string
  readonly size: number
  /** Bytes really used in the filesystem. */
  readonly used: number
  readonly backing: string | null
  /** Machines that name it. */
  readonly machines: readonly string[]
  /** Disks, or images outside the pools, that begin with it: as long as there are any it is not changed. */
  readonly overlays: readonly string[]
  readonly isEncrypted: boolean
}

/** What is wrong with an image. */
export interface ImageCheckView {
  readonly errors: number
  /** Clusters that are lost room and nothing else. */
  readonly leaks: number
}

export interface PoolView {
  readonly name: string
  readonly kind: 'directory'
  readonly path: string
  readonly disks: number
  readonly used: number
  /** One that is not is not looked into. */
  readonly isActive: boolean
  /** False: it goes when it is stopped. */
  readonly isPersistent: boolean
  readonly autostart: boolean
}

/** Of an image that is not here, only what the catalogue says is known. */
export interface ImageView {
  readonly name: string
  readonly aliases: readonly string[]
  readonly title: string
  readonly kind: 'disk' | 'iso'
  readonly arch: string
  readonly state: 'here' | 'available'
  /** sha256 of its bytes. */
  readonly digest: string | null
  readonly format: string | null
  /** Bytes the guest sees. */
  readonly size: number | null
  /** Bytes of the file. */
  readonly bytes: number | null
  readonly path: string | null
  readonly user: string | null
  /** Bytes: smaller disks are refused. */
  readonly minimumDisk: number | null
  /** URL, or path of the file it was imported from. */
  readonly from: string
  /** What its bytes were held against, and who said so; null: nothing. */
  readonly checked: { readonly checksum: string; readonly by: string } | null
  readonly since: string | null
  /** `machine web`, `disk web`. */
  readonly users: readonly string[]
}

export interface VmView {
  readonly hardware: HardwareView
  readonly name: string
  readonly uuid: string
  readonly state: 'running' | 'paused' | 'crashed' | 'saved' | 'stopped'
  /** Why it stands still, where that is known. */
  readonly stateBecause: string | null
  /** With the host. */
  readonly isAutostarted: boolean
  readonly isTransient: boolean
  readonly cpus: number
  readonly memoryMiB: number
  readonly accelerator: 'kvm' | 'tcg' | null
  readonly acceleratorBecause: string | null
  readonly pid: number | null
  readonly disks: readonly string[]
  readonly cdroms: readonly string[]
  /** What its guest is told at its first boot; null: nothing. */
  readonly cloudInit: CloudInitView | null
  readonly nics: readonly VmNicView[]
}

/** A network's definition as text. */
export interface DefinitionView {
  readonly format: 'xml' | 'yaml' | 'json'
  readonly text: string
}

/** The answer of every changing call. With `dryRun` nothing happened: `change` is null and `script` is what would run. */
export interface ChangeView {
  /** started, already-active, defined, ... */
  readonly result: string
  /** Sentences for people: what was chosen for them, and why. */
  readonly notes: readonly string[]
  /** The number in `weft history`; null when nothing was changed. */
  readonly change: number | null
  readonly title: string
  /** The plan as a script that `sh` runs to the same effect. */
  readonly script: string
  /** The worst of all steps, and who notices it. */
  readonly disruption: DisruptionView
  readonly steps: readonly StepView[]
}

/**
 * What guests that run notice. blip: for a moment nobody is given an address or told a name, or a packet is lost; cut-off: a guest loses its link, its
 * address, or its way to others.
 */
export interface DisruptionView {
  readonly level: 'none' | 'blip' | 'cut-off'
  readonly guests: readonly string[]
  /** The same in words. */
  readonly text: string
}

export interface StepView {
  readonly reason: string
  /** One line, without input or content. */
  readonly command: string
  readonly disruption: DisruptionView
}

export interface HistoryView {
  readonly number: number
  readonly title: string
  readonly by: string
  readonly at: string
  readonly durationMs: number
  readonly outcome: string
}

export interface HistoryDetailView extends HistoryView {
  readonly script: string
  /** Section → lines, each with ' ', '-' or '+' in front. */
  readonly diff: readonly { readonly section: string; readonly lines: readonly string[] }[]
}

export interface StatusView {
  readonly version: string
  readonly root: string
  readonly pid: number
  readonly accelerator: 'kvm' | 'tcg'
  readonly acceleratorBecause: string
  readonly networks: { readonly active: number; readonly defined: number }
  readonly vms: { readonly running: number; readonly defined: number }
  readonly conditions: readonly string[]
}

/** Every failure: the error of src/core/errors.ts as JSON. */
export interface ErrorView {
  readonly code: string
  readonly message: string
  readonly hint: string | null
  readonly details: readonly (readonly [label: string, text: string])[]
  readonly problems: readonly {
    readonly path: string
    readonly message: string
    readonly hint: string | null
    readonly line: number | null
    readonly column: number | null
  }[]
}
