/** One line of a transcript: what is typed to both, or a file that both find. */

/** Words of a command of virsh, as typed in the directory where the files are; `$DIR` stands for that directory, `$POOL` for the one of the pool `default`. */
export type Command = string

export interface FileStep {
  readonly file: string
  readonly text: string
}

/** What is heard while these commands run: `virsh WORDS --loop`, or the like, stopped when it has heard the last of them. */
export interface ListenStep {
  readonly listen: Command
  readonly meanwhile: readonly Command[]
  /** By a line with this text in it the listener is known to be there; such lines are not compared. */
  readonly marker: string
  /** Makes such a line. */
  readonly probe: readonly Command[]
  /** In the last line that is waited for. */
  readonly until: string
  /** How often it is waited for; once when not given. */
  readonly times?: number
}

/** A command that is repeated until it says this: something goes on after the one before has been answered. */
export interface AwaitStep {
  readonly repeat: Command
  readonly says: string
}

/** Words of a command that speaks with whoever sits at a terminal: it is heard until it says this, then that is typed, and it ends. */
export interface TypeStep {
  readonly speak: Command
  readonly until: string
  readonly type: string
}

/** A file that a command has written: its size, its bytes, and whether it has holes. */
export interface LookStep {
  readonly look: string
}

export type Step = Command | FileStep | ListenStep | AwaitStep | TypeStep | LookStep

export interface Chapter {
  readonly title: string
  readonly steps: readonly Step[]
}
