/** What the use cases need of the agent inside a guest. */

/** Something in the guest has opened its end of the agent's channel, or has closed it. */
export type AgentNews = 'agent-connected' | 'agent-disconnected'

/** The agent inside a guest: one call after the other. Throws 'wrong-state' where none is running, 'timeout' where it says nothing. */
export interface GuestAgent {
  /** Whether something in the guest has opened its end of the channel. */
  isListening(): Promise<boolean>
  /** Whether it listens, and answers within the limit that every call has. */
  answers(): Promise<boolean>
  run(order: GuestOrder): Promise<GuestRun>
  interfaces(): Promise<readonly GuestInterface[]>
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
