/** What the use cases need to look into guests: the agent inside one, and whom this host has spoken to. */
import type { Neighbour } from '../core/host/neighbours.ts'

/** The kernel's neighbour table. */
export type Neighbours = () => Promise<readonly Neighbour[]>

/** Something in the guest has opened its end of the agent's channel, or has closed it. */
export type AgentNews = 'agent-connected' | 'agent-disconnected'

/** An event of a machine's QEMU, as it stands. */
export interface QemuEventSaid {
  readonly event: string
  /** undefined: it has none. */
  readonly data: unknown
  /** Since 1970. */
  readonly seconds: number
  readonly microseconds: number
}

/** The agent inside a guest: one call after the other. Throws 'wrong-state' where none is running, 'timeout' where it says nothing. */
export interface GuestAgent {
  /** Whether something in the guest has opened its end of the channel. */
  isListening(): Promise<boolean>
  /** Whether it listens, and answers within the limit that every call has. */
  answers(): Promise<boolean>
  run(order: GuestOrder): Promise<GuestRun>
  /** Any command of the agent, as the agent has it; `limitMs`: instead of the usual limit. */
  ask(command: string, args?: Readonly<Record<string, unknown>>, limitMs?: number): Promise<unknown>
  /** An absolute path of the guest; to write is to empty it. */
  open(path: string, mode: 'r' | 'w'): Promise<GuestFile>
  /** `limitMs`: instead of the usual limit. */
  interfaces(limitMs?: number): Promise<readonly GuestInterface[]>
}

/** A file in a guest that its agent has opened. */
export interface GuestFile {
  /** At most as much as one answer carries; undefined: that was all. */
  read(): Promise<Uint8Array | undefined>
  write(bytes: Uint8Array): Promise<void>
  /** What was written is with the guest's kernel then. */
  close(): Promise<void>
}

export interface GuestOrder {
  /** The program, looked for in the agent's PATH, and its words. */
  readonly argv: readonly string[]
  /** base64. */
  readonly input?: string
  /** After that nobody waits any more; the program goes on. */
  readonly limitMs: number
}

export interface GuestRun {
  /** Absent when a signal has ended it. */
  readonly exitCode: number | undefined
  readonly signal: number | undefined
  /** base64. */
  readonly stdout: string
  readonly stderr: string
  /** More was printed than the agent keeps (16 MiB each). */
  readonly isCut: boolean
}

export interface GuestInterface {
  readonly name: string
  readonly mac: string | undefined
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[]
}

/** A guest's first serial port: everybody attached sees the same bytes, anybody may type. */
export interface SerialLine {
  /** The latest output, at most 64 KiB. */
  scrollback(): Uint8Array
  write(bytes: Uint8Array): void
  /** Returns the way to detach. `end` is called once, when the machine has gone. */
  attach(viewer: SerialViewer): () => void
}

export interface SerialViewer {
  data(bytes: Uint8Array): void
  end(): void
}
