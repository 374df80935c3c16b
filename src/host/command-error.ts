/** What went wrong with a command, as an error one can act on. */
import { WeftError, type ErrorCode } from '../core/errors.ts'
import { PROGRAMS } from '../core/host/facts.ts'
import { OPTIONAL_PROGRAMS } from '../core/host/optional-programs.ts'
import { shellJoin } from '../core/plan/shell-quote.ts'

export interface EndedCommand {
  readonly argv: readonly string[]
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
  readonly signal: string | null
  readonly timedOut: boolean
  readonly durationMs: number
}

/** What commands say, is shown up to here. */
const MAX_SAID = 2000

/** Messages are parsed, so they must be in English; programs for administrators must be found. */
export function commandEnvironment(): Record<string, string> {
  const path = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  const missing = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].filter((dir) => !path.split(':').includes(dir))
  // No HOME: an interactive nft would leave a history file there.
  return { PATH: [path, ...missing].join(':'), LC_ALL: 'C', HOME: '/nonexistent' }
}

export function commandFailed(ended: EndedCommand): WeftError {
  const program = ended.argv[0] ?? ''
  const said = (ended.stderr.trim() === '' ? ended.stdout : ended.stderr).trim()
  if (ended.timedOut) {
    return commandError('timeout', `'${program}' did not end in time`, ended.argv, said)
  }
  const how = ended.signal === null ? `exit code ${ended.exitCode ?? '?'}` : `killed by ${ended.signal}`
  return commandError(codeFromText(said), `'${program}' failed`, ended.argv, said === '' ? how : said)
}

/** The same for a command that went through a long-lived shell and has no exit code of its own. */
export function commandSaidError(argv: readonly string[], said: string): WeftError {
  return commandError(codeFromText(said), `'${argv[0] ?? ''}' failed`, argv, said.trim())
}

function commandError(code: ErrorCode, message: string, argv: readonly string[], said: string): WeftError {
  return new WeftError(code, message, {
    details: [
      ['ran', shellJoin(argv)],
      ['it said', said === '' ? 'nothing' : said.slice(0, MAX_SAID)],
    ],
    ...hintFor(code),
  })
}

export function missingProgram(program: string, cause?: unknown): WeftError {
  const name = program.split('/').at(-1) ?? program
  const packages: Readonly<Record<string, string>> = { ...PROGRAMS, ...OPTIONAL_PROGRAMS }
  const known = Object.hasOwn(packages, name) ? packages[name] : undefined
  return new WeftError('missing-program', `'${name}' is not installed`, {
    details: [
      ['ran', program],
      ['it said', 'no such program'],
    ],
    ...(known === undefined ? {} : { hint: `apt-get install ${known}` }),
    cause,
  })
}

export function spawnFailed(argv: readonly string[], error: NodeJS.ErrnoException): WeftError {
  return commandError(codeFromErrno(error.code), `'${argv[0] ?? ''}' could not be run`, argv, error.message)
}

/** A file operation of ours that failed, told like a command: `ran` is the shell for it. */
export function fileFailed(ran: string, error: unknown): WeftError {
  const { code, message } = error as NodeJS.ErrnoException
  const kind = codeFromErrno(code)
  return new WeftError(kind, `'${ran.split(' ')[0] ?? ''}' failed`, {
    details: [
      ['ran', ran],
      ['it said', message],
    ],
    ...hintFor(kind),
    cause: error,
  })
}

function codeFromErrno(code: string | undefined): ErrorCode {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'no-space'
  return code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'not-permitted' : 'command-failed'
}

function codeFromText(said: string): ErrorCode {
  if (/No space left on device/i.test(said)) return 'no-space'
  return /Operation not permitted|must be root/i.test(said) ? 'not-permitted' : 'command-failed'
}

function hintFor(code: ErrorCode): { hint?: string } {
  if (code === 'no-space') return { hint: 'df -h shows which filesystem is full' }
  return code === 'not-permitted' ? { hint: 'weftd has to run as root: sudo systemctl start weftd' } : {}
}
