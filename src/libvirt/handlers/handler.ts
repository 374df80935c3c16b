/** What handlers of calls are: records of functions, each taking the arguments of its call and giving its reply. */
import type { App } from '../../app/ports.ts'
import type { QemuMachines } from '../../core/vm/machine-type.ts'
import type { ChangeRequest } from '../../app/change.ts'
import type { Connection } from '../wire/connection.ts'
import type { Subscriptions } from './events.ts'
import type { MachineIds } from './machine-ids.ts'
import type { MachineReasons } from './machine-reasons.ts'
import type { ArgsOf, CallName, RetOf } from '../wire/procedures.ts'

/** One client, and what its calls work on. */
export interface Context {
  readonly app: App
  readonly connection: Connection
  /** Goes with every change. */
  readonly change: ChangeRequest
  readonly ids: MachineIds
  readonly reasons: MachineReasons
  readonly subscriptions: Subscriptions
  /** Of those whose migration somebody has limited, by UUID: MiB a second. */
  readonly migrationSpeeds: Map<string, bigint>
  /** Versions, names: what does not change while weftd runs. */
  readonly node: NodeFacts
}

export interface NodeFacts {
  readonly hostName: string
  /** QEMU's: 7.2.22 is 7002022. */
  readonly emulatorVersion: () => Promise<number>
  readonly machineTypes: () => Promise<QemuMachines>
  /** Whether it works. */
  readonly hasKvm: () => Promise<boolean>
  readonly processors: () => ProcessorFacts
  /** How many there are, and the numbers of those that are switched on. */
  readonly onlineProcessors: () => { readonly count: number; readonly online: readonly number[] }
  readonly memoryBytes: () => number
  readonly freeBytes: () => number
  readonly uuid: () => string | undefined
  /** Seconds since boot, of one CPU or of all; undefined: there is no such CPU. */
  readonly cpuTimes: (cpu: number | undefined) => CpuTimes | undefined
  /** In bytes. */
  readonly memory: () => Readonly<Record<'total' | 'free' | 'buffers' | 'cached', number>>
  /** How many pages of so many KiB are free; undefined: there are none of that size. */
  readonly freePages: (kib: number) => number | undefined
  /** How many huge pages of so many KiB there are; undefined: this host has none of that size. */
  readonly allPages: (kib: number) => number | undefined
  /** What the kernel's merging of equal pages counts, by its names. */
  readonly memoryMerging: () => ReadonlyMap<string, number>
  /** Bytes of the file system that a path lies on. */
  readonly roomAt: (path: string) => { readonly total: number; readonly free: number }
  /** Who may do what with a file; undefined: there is none. */
  readonly ownerOf: (path: string) => FileOwner | undefined
}

export interface FileOwner {
  readonly mode: number
  readonly owner: number
  readonly group: number
}

export interface CpuTimes {
  readonly kernel: number
  readonly user: number
  readonly idle: number
  /** Of the idle time: something was waited for. */
  readonly iowait: number
}

export interface ProcessorFacts {
  readonly count: number
  readonly mhz: number
  readonly sockets: number
  readonly coresPerSocket: number
  readonly threadsPerCore: number
}

export type Handler<N extends CallName> = (context: Context, args: ArgsOf<N>) => RetOf<N> | Promise<RetOf<N>>

export type Handlers<N extends CallName> = { readonly [K in N]: Handler<K> }
