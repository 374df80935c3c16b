/**
 * What a plan may do to the host: a closed union. Each kind has one `perform` in src/host and one line of shell in
 * `render.ts`; nothing else switches over them.
 */

/** Numeric ids: the pure core cannot look a name up. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Runs a program from an argv array, never through a shell, with LC_ALL=C. */
export interface RunAction {
  readonly kind: 'run'
  readonly argv: readonly [string, ...string[]]
  readonly stdin?: string
  /** Exit codes that count as done besides 0. */
  readonly accept?: readonly number[]
  readonly timeoutMs?: number
  /** Nothing is wrong when the program fails with these words: it is tried again, at most so many times in all. */
  readonly again?: { readonly whenItSays: string; readonly most: number }
  /** A file that the program made and holds open as long as it lives: removed as soon as it runs, so that its end can be heard. */
  readonly drops?: string
}

/** Replaces a file atomically; parent directories must exist. */
export interface WriteAction {
  readonly kind: 'write'
  readonly path: string
  readonly content: string
  readonly mode: number
  readonly owner?: Owner
  /** The file is somebody else's too: it is written only if it still says this. */
  readonly replaces?: string
  /** The content is never rendered, logged or shown. */
  readonly isSecret?: true
}

/** Makes a directory, parents included; harmless when it is there. */
export interface MakeDirectoryAction {
  readonly kind: 'mkdir'
  readonly path: string
  readonly mode: number
  readonly owner?: Owner
}

/** Removes a file or a whole directory; harmless when it is not there. */
export interface RemoveAction {
  readonly kind: 'remove'
  readonly path: string
}

export interface SysctlAction {
  readonly kind: 'sysctl'
  /** `net.ipv4.ip_forward`; a dot inside an interface name is written as a slash, as sysctl(8) does. */
  readonly key: string
  readonly value: string
}

/**
 * Signals the process named by a pid file, only if its command line contains `match` (a pid may have been given to somebody
 * else since). With TERM or KILL it waits until the process is gone and removes the pid file, which a daemon that gave up root
 * cannot do itself. Harmless when it is not there.
 */
export interface SignalAction {
  readonly kind: 'signal'
  readonly pidFile: string
  readonly match: string
  readonly signal: 'HUP' | 'TERM' | 'KILL'
  readonly waitMs: number
}

/** Gives a DHCP lease back in the name of a guest that is away, to a dnsmasq that runs. Harmless when there is none. */
export interface ReleaseAction {
  readonly kind: 'release'
  /** The bridge, this host's address on it, and the address of everybody there. */
  readonly interface: string
  readonly server: string
  readonly broadcast: string
  readonly ip: string
  readonly mac: string
  /** Where it is seen to be gone. */
  readonly leaseFile: string
}

/** Asks a running QEMU over its monitor socket. */
export interface QmpAction {
  readonly kind: 'qmp'
  readonly socket: string
  readonly command: string
  readonly arguments?: Readonly<Record<string, unknown>>
  /** The command only asks: it is done when QEMU tells of this. */
  readonly until?: QemuEvent
  /** QEMU was started a moment ago: its answer is waited for, and when it has ended instead, what it said is told. */
  readonly starting?: StartingQemu
  /** What is to be removed may not be there. */
  readonly mayBeMissing?: true
  /** It is asked until it answers so. */
  readonly answers?: QmpAnswer
  /** It is done when this job of QEMU's is; one of that name that somebody else has left is waited for before. */
  readonly job?: QmpJob
}

/** Asks the agent inside a guest. Only who has seen that one listens plans this: one that does not is waited for. */
export interface AgentAction {
  readonly kind: 'agent'
  /** The host's end of its channel. */
  readonly socket: string
  readonly command: string
  readonly arguments?: Readonly<Record<string, unknown>>
  /** It answers only what it will not do. */
  readonly isSilent?: true
  readonly waitMs: number
}

export interface QmpJob {
  readonly id: string
  /** What QEMU says on its standard error, which tells more than the job's error does. */
  readonly log: string
  readonly waitMs: number
}

/** A field of the reply, and what it must say within the limit. */
export interface QmpAnswer {
  readonly field: string
  readonly is: string
  /** It will not come any more. */
  readonly isNever?: string
  readonly waitMs: number
}

export interface QemuEvent {
  /** DEVICE_DELETED, or one of a job's. */
  readonly event: string
  /** The device or the job. */
  readonly device: string
  /** What a job has become, where the event is of any change. */
  readonly status?: string
  readonly waitMs: number
}

export interface StartingQemu {
  /** As in SignalAction: how to tell that it still runs. */
  readonly pidFile: string
  readonly match: string
  readonly log: string
  readonly waitMs: number
}

export type Action =
  | RunAction
  | WriteAction
  | MakeDirectoryAction
  | RemoveAction
  | SysctlAction
  | SignalAction
  | ReleaseAction
  | QmpAction
  | AgentAction

export function run(...argv: [string, ...string[]]): RunAction {
  return { kind: 'run', argv }
}

/** One nft transaction: the lines are seen by the kernel together or not at all. */
export function nft(lines: readonly string[]): RunAction {
  return { kind: 'run', argv: ['nft', '-f', '-'], stdin: `${lines.join('\n')}\n` }
}
