/** Who configures a NIC of this host, and the files in which it is written: as found, before anybody decides anything. */
import type { Family } from '../uplink/seen-uplink.ts'
import type { WantedAddress } from '../uplink/wanted-address.ts'

/** A text file; `path` is where its bytes lie, links followed. */
export interface SeenFile {
  readonly path: string
  readonly content: string
  readonly mode: number
}

/** What can be found out about the keeper of one NIC. */
export interface SeenKeeper {
  /** `/etc`, and `/run`: another root's in a sandbox or a test. */
  readonly etc: string
  readonly run: string
  readonly networkd?: SeenNetworkd
  readonly ifupdown?: SeenIfupdown
  readonly manager?: SeenManager
  readonly resolver?: SeenResolver
  readonly dhcpcd?: SeenDhcpcd
}

/** dhcpcd, whoever has started it. */
export interface SeenDhcpcd {
  /** One runs for all links of the host. */
  readonly isManager: boolean
  /** /etc/dhcpcd.conf. */
  readonly settings: string
}

/** How this host learns its name servers. */
export interface SeenResolver {
  /** /etc/resolv.conf; undefined when it is not there, or a link to what somebody else writes. */
  readonly file: SeenFile | undefined
  readonly isLink: boolean
  /** A program `resolvconf` writes the file. */
  readonly hasResolvconf: boolean
}

export interface SeenManager {
  /** The one that is up on the NIC; undefined when none of the files that weft knows is it. */
  readonly profile: SeenFile | undefined
  /** What it is to NetworkManager, where it does not say so itself. */
  readonly uuid?: string | undefined
  /** What routes over a cable cost, where the profile does not say. */
  readonly routeMetric: string | undefined
}

export interface SeenNetworkd {
  /** The `.network` file that it has chosen for the NIC, and what is dropped in beside it, in the order in which they count. */
  readonly files: readonly SeenFile[]
  /** From its lease: how it calls itself before DHCP servers. */
  readonly clientId: string | undefined
}

export interface SeenIfupdown {
  /** /etc/network/interfaces and all it sources, in the order in which they are read. */
  readonly files: readonly SeenFile[]
  /** What is up: lines of `eth0=eth0`. */
  readonly state: SeenFile | undefined
  /** DHCP clients that run. */
  readonly clients?: readonly SeenClient[]
  /** The DHCP client that it takes where a stanza says `dhcp`. */
  readonly starts?: string
}

/** One that runs for one link. */
export interface SeenClient {
  readonly program: 'dhclient' | 'dhcpcd'
  readonly link: string
  /** Those it asks for. */
  readonly families: readonly Family[]
  /** What it was started with, as far as it tells. */
  readonly argv: readonly string[]
  readonly pidFile: string
  readonly leases: string
}

/** One file of a keeper, before and after; undefined: it is not there. */
export interface FileChange {
  readonly path: string
  readonly before: string | undefined
  readonly after: string | undefined
  readonly mode: number
  /** What it says now that it did not say before: a clause. */
  readonly reason: string
  /** While the bridge is there a DHCP client writes into it what it likes; it goes when the client goes. */
  readonly isClients?: boolean
}

/** What a bridge over a NIC is to be called, and what it takes over from the NIC. */
export interface KeptBridge {
  readonly bridge: string
  readonly nic: string
  readonly mac: string
  readonly mtu: number
  readonly hasIpv6: boolean
  /** What it does not take over from the NIC. */
  readonly address?: WantedAddress
}

/** How the keeper is told: files, and what makes it read them. */
export interface Handing {
  /** For people: `systemd-networkd`. */
  readonly keeper: string
  readonly changes: readonly FileChange[]
  /** Notes of the keeper under /run about what is up: they are true until the next reboot. */
  readonly states: readonly FileChange[]
  /**
   * A command that makes the keeper read its files; harmless at any moment. On the way to the bridge the links are there when it does. On
   * the way back it lets go of them first: else it would do with a NIC that leaves a bridge what its old files say.
   */
  readonly tell: readonly [string, ...string[]] | undefined
  /** What that does, a clause, where it is something else. */
  readonly tells?: string
  /** What says the contrary, when all is taken back; where it is not the same. */
  readonly untell?: readonly [string, ...string[]]
  readonly isBack?: boolean
  /** What is done before the host moves to the bridge; `reason` is a clause. */
  readonly first?: { readonly argv: readonly [string, ...string[]]; readonly reason: string }
  /** On the way back, when that is taken back in its turn: waits until the keeper is done with what it was told a moment ago, for some seconds at most. */
  readonly rests?: readonly [string, ...string[]]
  /** When the host is on its NIC again, on whichever way: makes sure that the keeper has taken it as its own. */
  readonly settle?: readonly [string, ...string[]]
  /** What it is told is the guard's to wait for: never the one while the other. */
  readonly isLocked?: boolean
  /** Of these families it asks for leases by itself, on the bridge too; or it lets go of them. */
  readonly renews?: readonly Family[]
  /** DHCP clients of the NIC that have no work while the bridge has an address of its own. */
  readonly idle?: readonly SeenClient[]
  /** Why it cannot be told; then nothing is changed. */
  readonly refused?: { readonly message: string; readonly hint: string }
}

/** Nobody keeps the NIC. */
export const UNTOLD: Handing = { keeper: 'nobody', changes: [], states: [], tell: undefined }
