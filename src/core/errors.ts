/**
 * Every way weft can fail, by name. Doors translate codes into exit codes, HTTP statuses and virErrors;
 * nothing below a door chooses manners.
 */

/** The closed list of error codes, each with the sentence that `docs/reference/errors.md` prints. */
export const ERROR_CODES = {
  'not-found': 'No object of that name exists.',
  'already-exists': 'An object of that name, address or MAC exists already.',
  'invalid-definition': 'The definition has problems; each is listed with its place and what to do.',
  'invalid-argument': 'A word or a value of the request is not acceptable.',
  'wrong-state': 'The object is not in a state that allows this (already running, not running, ...).',
  'needs-restart': 'It cannot be changed while the object runs: only between a stop and the next start.',
  'in-use': 'Something else uses the object; it must be released first.',
  conflict: 'Something on this host that weft did not make is in the way (a bridge, a subnet, a port).',
  'not-permitted': 'The caller may not do this.',
  'missing-program': 'A program weft needs is not installed.',
  'no-space': 'A disk or filesystem has no room left.',
  'download-failed': 'Something could not be fetched from the web, or is not what was published.',
  'command-failed': 'A step of a plan failed; what was done before has been taken back.',
  timeout: 'Something did not happen within its limit.',
  'daemon-unreachable': 'weftd does not answer on its socket.',
  unsupported: 'This host, its kernel or this version of weft cannot do that.',
  internal: 'A bug in weft.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** One thing wrong with a definition. `line` and `column` count from 1 and are there when it came from a file. */
export interface Problem {
  /** Where in the definition, in its own words: `ip.dhcp.range`, `<bridge name>`. */
  readonly path: string
  readonly message: string
  readonly hint?: string
  readonly line?: number
  readonly column?: number
}

export interface ErrorDetails {
  /** What to do next, with the command to type. */
  readonly hint?: string
  /** Labelled lines printed under the message: `while`, `ran`, `it said`, `undone`. */
  readonly details?: readonly (readonly [label: string, text: string])[]
  readonly problems?: readonly Problem[]
  readonly cause?: unknown
}

/** The one error class. `message` is one sentence that says what could not be done, names in single quotes. */
export class WeftError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly details: readonly (readonly [label: string, text: string])[]
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'WeftError'
    this.code = code
    this.hint = more.hint
    this.details = more.details ?? []
    this.problems = more.problems ?? []
  }
}

/** Refuses a definition, all problems at once. */
export function invalidDefinition(what: string, problems: readonly Problem[]): WeftError {
  return new WeftError('invalid-definition', `${what} is not acceptable`, { problems })
}
