/** What the use cases need from the world: a record of ports, filled in by src/daemon, or by a test. */
import type { Action, Owner } from '../core/plan/action.ts'
import type { Plan, Step } from '../core/plan/plan.ts'
import type { LinkCounters } from '../core/host/counters.ts'
import type { Acceleration, HostFacts } from '../core/host/facts.ts'
import type { Snapshot } from '../core/host/snapshot.ts'
import type { Queue } from './queue.ts'
import type { Impairment, SeenQueue } from '../core/network/bridge/impairment.ts'
import type { SeenNames } from '../core/network/naming/plan-names.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { CatalogueEntry } from '../core/image/catalogue.ts'
import type { ImageRecord } from '../core/image/image.ts'
import type { ImageFiles, Pull } from './image-ports.ts'
import type { NetworkSpec, StoredNetwork } from '../core/network/spec.ts'
import type { PoolMark, PoolSpec } from '../core/storage/pool.ts'
import type { ProcessUsage } from '../core/vm/stats.ts'
import type { SnapshotTree } from '../core/vm/snapshot.ts'
import type { SavedVm } from '../core/vm/saved.ts'
import type { LiveVm } from '../core/vm/context.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { Conditions } from './conditions.ts'
import type { DiskStores, Images } from './disk-ports.ts'
import type { Events } from './event-ports.ts'
import type { FileEyes } from './file-ports.ts'
import type { Hooks } from './hook-ports.ts'
import type { Emulator } from './hardware-ports.ts'
import type { LabStores } from './lab-ports.ts'
import type { LinkEyes } from './link-ports.ts'
import type { WhyEyes } from './trace-ports.ts'
import type { UplinkEyes } from './uplink-ports.ts'
import type { AgentNews, GuestAgent, Neighbours, QemuEventSaid, SerialLine } from './guest-ports.ts'
import type { Repairs } from './repairs.ts'
import type { Restarts } from './restarts.ts'

export interface App extends DiskStores, LabStores {
  readonly facts: HostFacts
  readonly host: Host
  readonly networks: Store<StoredNetwork>
  /** What running networks were started with, as far as it has been read; kept by live-network.ts. */
  readonly liveNetworks: Map<string, { readonly bridgeIndex: number; readonly spec: NetworkSpec }>
  readonly vms: Store<VmSpec>
  /** Beside the built-in one. */
  readonly pools: Store<PoolSpec>
  /** What has been made of pools since the host has started. */
  readonly poolMarks: Store<PoolMark>
  /** Machines whose memory lies in a file. */
  readonly saves: Store<SavedVm>
  /** Snapshots, by their machine. */
  readonly snapshots: Store<SnapshotTree>
  readonly journal: Journal
  readonly machines: Machines
  readonly emulator: Emulator
  readonly images: Images
  /** Images that machines start from, by the digest of their bytes. */
  readonly imageRecords: Store<ImageRecord>
  readonly imageFiles: ImageFiles
  /** Images that can be had. */
  readonly catalogue: () => Promise<readonly CatalogueEntry[]>
  /** Images on their way, by name; kept by pull-image.ts. */
  readonly pulls: Map<string, Pull>
  readonly events: Events
  readonly queue: Queue
  readonly chance: Chance
  /** Absent: nobody is asked. */
  readonly hooks?: Hooks
  /** A line for weftd's log: every performed action, with its reason. */
  readonly log?: (line: string) => void
  /** What is not as it should be, as far as somebody has found out. */
  readonly conditions: Conditions
  readonly repairs: Repairs
  readonly restarts: Restarts
}

/** Looking at this machine and changing it. */
export interface Host extends FileEyes, LinkEyes, UplinkEyes, WhyEyes {
  /** Links, routes, firewall and sysctl as they are now, with the generated files of the networks named. */
  look(networks: readonly string[]): Promise<SeenHost>
  /** Performs one action; throws WeftError 'command-failed' with the command, what it said and how it ended. */
  perform(action: Action): Promise<void>
  /** The human-readable state that `weft diff` compares: one section a subject, stable order, no counters. */
  snapshot(scope?: SnapshotScope): Promise<Snapshot>
  /** Networks without a bridge of weft's own that run. */
  borrowed(): readonly string[]
  /** Names that have something under the run directory: of networks that run, or were running when somebody deleted their bridge. */
  started(): readonly string[]
  /** From now on the end of this network's dnsmasq, which runs, is heard. */
  hearDnsmasq(network: string): void
  /** Size in bytes and whether QEMU's user may read (and write) it; undefined when it is not there. */
  inspectFile(path: string): Promise<FileFacts | undefined>
  /** Answers after booting a boot sector under KVM once per boot of the host. */
  acceleration(): Promise<Acceleration>
  /** What processes have used so far, by process id; without those that have ended. */
  processUsage(pids: readonly number[]): ReadonlyMap<number, ProcessUsage>
  /** What every link has carried so far, by interface. */
  counters(): Promise<ReadonlyMap<string, LinkCounters>>
  /** `nft list table bridge weft` as it is at this moment, with what its rules have counted. */
  guardTable(): Promise<string | undefined>
  /** The root queue of every interface. */
  queues(): Promise<readonly SeenQueue[]>
  /** Whether this kernel can impair packets so: tried where nothing is left of it. */
  canImpair(impairment: Impairment): Promise<boolean>
  /** Whether it can do that to what comes in at a link as well. */
  canDetour(): Promise<boolean>
  readonly neighbours: Neighbours
  /** How names are looked up here, and what is known of guests'. */
  names(): Promise<SeenNames>
  /** Whether this kernel's bridges look at VLAN tags. */
  canFilterVlans(): Promise<boolean>
  /** Resolves as soon as somebody greets so; never, once it has been given up. */
  awaitGreeting(wanted: Greeting, giveUp: AbortSignal): Promise<void>
  /** Resolves when packets are being seen. Throws what is wrong with the filter before that. */
  capture(order: CaptureOrder): Promise<Capture>
}

/** A server that speaks first, as ssh's does. */
export interface Greeting {
  readonly address: string
  readonly port: number
  readonly begins: string
}

export interface CaptureOrder {
  readonly interface: string
  /** pcap-filter(7). */
  readonly filter: string | undefined
  /** Ends after so many packets, or so many seconds. */
  readonly count: number
  readonly seconds: number
  /** Bytes kept of each packet. */
  readonly snapLength: number
  /** A pcap file, or a line a packet: seconds since 1970, then what it is. */
  readonly format: 'pcap' | 'text'
}

export interface Capture {
  readonly packets: AsyncIterable<Uint8Array>
  /** Ends it; harmless when it has ended. */
  readonly stop: () => void
  readonly ended: Promise<CaptureEnd>
}

export interface CaptureEnd {
  /** The port went away; the time was over; else there were enough packets, or somebody stopped it. */
  readonly because: 'gone' | 'time' | 'ended'
  readonly captured: number
  /** Seen by the kernel and lost because nobody fetched them in time. */
  readonly dropped: number
}

export interface FileFacts {
  readonly size: number
  /** When its content was changed last, in ms since 1970. */
  readonly modifiedMs: number
  readonly isDirectory: boolean
  /** No directory, device or pipe. */
  readonly isFile: boolean
  readonly owner: Owner
  /** QEMU's user may pass through all directories above it. */
  readonly isReachable: boolean
  /** The same for two paths that lead to one file. */
  readonly identity: string
  readonly qemuMayRead: boolean
  readonly qemuMayWrite: boolean
}

/** What one plan can have changed: there is no need to compare 300 other networks before and after. */
export interface SnapshotScope {
  /** Links, with whatever is plugged into them. */
  readonly links: ReadonlySet<string>
  /** Networks and machines whose processes are looked at. */
  readonly owners: ReadonlySet<string>
  /** Nothing of it, the whole table, or of its elements only those that name one of these. */
  readonly firewall: 'nothing' | 'table' | ReadonlySet<string>
  readonly forwarding: boolean
}

/** Definitions on disk. The file a definition lives in is written and removed by plans, through `file`; reads are cached. */
export interface Store<T> {
  /** Throws what is wrong with a value that came from elsewhere. */
  check?(value: unknown): T
  nameOf(value: T): string
  /** Absent: none does. */
  readonly holdsSecrets?: (value: T) => boolean
  list(): readonly T[]
  find(name: string): T | undefined
  /** Where the definition of that name lives, and the text it has there. */
  file(name: string): string
  format(value: T): string
  /** Reads the file of that name again, after a plan has written or removed it. */
  refresh(name: string): Promise<void>
}

/** The journal is the plan: saved before it runs, each finished step marked. */
export interface Journal {
  begin(plan: Plan, by: string): Promise<JournalEntry>
  /** Plans that were running when weftd died. */
  unfinished(): Promise<readonly UnfinishedPlan[]>
  /** Finished changes, oldest first. */
  history(): Promise<readonly Change[]>
}

export interface JournalEntry {
  readonly number: number
  stepDone(index: number): Promise<void>
  /** More steps of the same plan, before the first of them begins. */
  extend(steps: readonly Step[]): Promise<void>
  finish(outcome: Outcome, before: Snapshot, after: Snapshot): Promise<void>
}

export interface UnfinishedPlan {
  readonly number: number
  readonly plan: Plan
  /** Steps known to be done; the one after may or may not have happened. */
  readonly stepsDone: number
  close(outcome: Outcome): Promise<void>
}

export type Outcome = 'done' | 'failed' | 'taken-back' | 'undone'

export interface Change {
  readonly number: number
  readonly title: string
  /** The caller: a user name, or weftd itself. */
  readonly by: string
  /** RFC 3339. */
  readonly at: string
  readonly durationMs: number
  readonly outcome: Outcome
  readonly plan: Plan
  readonly before: Snapshot
  readonly after: Snapshot
}

/** Running QEMUs, by machine name. Kept true by their monitor sockets: no polling. */
export interface Machines {
  isRunning(name: string): boolean
  /** Connects to the monitor and the serial line of a QEMU that a plan has just started. */
  adopt(name: string): Promise<void>
  /** The process id, when it runs. */
  pid(name: string): number | undefined
  /** Names of machines whose run directory is there although no QEMU runs: they died while weftd was away. */
  leftBehind(): readonly string[]
  /** True as soon as the machine's QEMU has gone, false when it still runs after the limit. */
  gone(name: string, limitMs: number): Promise<boolean>
  /** The serial line, when the machine runs. */
  serial(name: string): SerialLine | undefined
  /** One question to QEMU, over the monitor that is held anyway. */
  ask(name: string, command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>
  /** What there is to talk to inside it, when it runs. */
  agent(name: string): GuestAgent | undefined
  /** MiB that its guest has, as soon as it is as much as that or at the limit; undefined when it does not run. */
  memoryMiB(name: string, wanted: number, limitMs: number): Promise<number | undefined>
  /** A picture of its screen, as the bytes of an image file. */
  screenshot(name: string, format: 'png' | 'ppm'): Promise<Uint8Array>
  /** What its QEMU does, as it said last; undefined when there is none. */
  state(name: string): QemuState | undefined
  /** What it was started with; undefined when it does not run. */
  spec(name: string): VmSpec | undefined
  /** What is noted of it now: after a change it has other disks, and other names for them; undefined when it does not run. */
  note(name: string): LiveVm | undefined
  /** Every event of every QEMU, as QEMU says it. Returns the way to stop listening. */
  hear(listener: (name: string, said: QemuEventSaid) => void): () => void
  /** All that have a QEMU, by name. */
  names(): readonly string[]
  /** Asks QEMU now: who has just told it something knows sooner than by its event. */
  look(name: string): Promise<void>
  /** True as soon as QEMU is in this state, in its own word; false when it has ended, or at the limit. */
  reaches(name: string, status: string, limitMs: number): Promise<boolean>
}

export interface QemuState {
  /** As query-status has it. */
  readonly status: string
  /** Why it stands still, where that is known. */
  readonly because?: string
}

/** What a machine's QEMU has told. */
export interface MachineNews {
  readonly what: 'paused' | 'crashed' | 'stopped' | 'saved' | 'resumed' | 'rebooted' | AgentNews
  readonly because?: string
}

/** The only randomness and the only clock. */
export interface Chance {
  uuid(): string
  bytes(count: number): readonly number[]
  now(): Date
}
