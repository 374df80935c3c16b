/** What a command is: one declaration that help, completion, the man page and the reference are printed from, and its run. */
import type { Connection } from '../api/client.ts'

/** What completion offers for a word: names of objects from weftd, files, or nothing. */
export type Completes =
  'network' | 'disk' | 'pool' | 'secret' | 'image' | 'vm' | 'guest' | 'change' | 'port' | 'command' | 'file'

export interface ArgumentSpec {
  readonly name: string
  readonly summary: string
  readonly optional?: true
  /** Takes every word that is left. */
  readonly rest?: true
  readonly completes?: Completes
}

export interface FlagSpec {
  readonly kind: 'switch' | 'text' | 'list'
  readonly summary: string
  /** How the value is called in help: `SIZE`. */
  readonly value?: string
  readonly short?: string
  readonly choices?: readonly string[]
  readonly completes?: Completes
}

type Arguments = readonly ArgumentSpec[]
type Flags = Readonly<Record<string, FlagSpec>>

type GivenArguments<A extends Arguments> = {
  readonly [Spec in A[number] as Spec['name']]: Spec extends { readonly rest: true }
    ? readonly string[]
    : Spec extends { readonly optional: true }
      ? string | undefined
      : string
}
type GivenFlag<F extends FlagSpec> = F extends { readonly kind: 'switch' }
  ? boolean
  : F extends { readonly kind: 'list' }
    ? readonly string[]
    : string | undefined
type GivenFlags<F extends Flags> = { readonly [Name in keyof F]: GivenFlag<F[Name]> }

export interface Declaration<A extends Arguments = Arguments, F extends Flags = Flags> {
  /** `net start`. */
  readonly words: string
  readonly summary: string
  /** More than the summary, in sentences. */
  readonly about?: string
  readonly arguments: A
  readonly flags: F
  /** Two at least: the line to type, and what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[]
  /** Takes --dry-run. */
  readonly changes: boolean
  readonly hidden?: true
}

/** What every command is run with. */
export interface Door {
  readonly root: string
  readonly isSandbox: boolean
  readonly connection: Connection
  readonly isJson: boolean
  readonly isDryRun: boolean
  readonly hasColour: boolean
  /** Columns of the terminal; undefined when stdout is not one. */
  readonly width: number | undefined
  /** Results go to stdout: the value as JSON when that was asked for, else the text. */
  readonly show: (value: unknown, text: string) => void
  /** Talk goes to stderr. */
  readonly say: (text: string) => void
}

export interface Command {
  readonly declaration: Declaration
  readonly run: (
    given: {
      readonly arguments: Readonly<Record<string, unknown>>
      readonly flags: Readonly<Record<string, unknown>>
    },
    door: Door,
  ) => Promise<number | undefined>
}

interface Given<A extends Arguments, F extends Flags> {
  readonly arguments: GivenArguments<A>
  readonly flags: GivenFlags<F>
}

/** `run` answers with the exit code when it is not 0. */
export function declareCommand<const A extends Arguments, const F extends Flags>(
  declaration: Declaration<A, F>,
  run: (given: Given<A, F>, door: Door) => Promise<number | undefined>,
): Command {
  return { declaration, run: (given, door) => run(given as unknown as Given<A, F>, door) }
}

/** Flags that every command takes. */
export const COMMON_FLAGS = {
  root: {
    kind: 'text',
    value: 'DIR',
    summary: 'speak to the weftd of this root (or WEFT_ROOT); default /',
    completes: 'file',
  },
  sandbox: { kind: 'switch', summary: 'speak to the weftd of the sandbox' },
  json: { kind: 'switch', summary: 'print the result as JSON' },
  help: { kind: 'switch', short: 'h', summary: 'print this help' },
} as const satisfies Flags

export const DRY_RUN_FLAG = {
  'dry-run': { kind: 'switch', summary: 'change nothing; print the script that would do it' },
} as const satisfies Flags

export function allFlags(declaration: Declaration): Flags {
  return { ...declaration.flags, ...(declaration.changes ? DRY_RUN_FLAG : {}), ...COMMON_FLAGS }
}
