/** What goes wrong, in libvirt's codes and words: virErrorNumber, virErrorDomain, and the generic text each code begins with. */
import { WeftError, type ErrorCode, type Problem } from '../../core/errors.ts'
import { failureOf } from '../wire/failures.ts'
import type { RemoteError } from '../wire/types.ts'

export const FROM = {
  none: 0,
  qemu: 10,
  storage: 18,
  network: 19,
  domain: 20,
  rpc: 7,
  xml: 5,
  nodeDevice: 22,
  interface: 26,
  secret: 30,
  nwfilter: 33,
  hook: 34,
} as const
export type From = keyof typeof FROM

/** Number and generic text. */
const KINDS = {
  internal: [1, 'internal error: %s'],
  noSupport: [3, 'this function is not supported by the connection driver: %s'],
  invalidArgument: [8, 'invalid argument: %s'],
  /** Of a call's own argument, which libvirt tells without more ado. */
  badArgument: [8, '%s'],
  failed: [9, 'operation failed: %s'],
  noName: [21, 'missing name information'],
  xml: [27, 'XML error: %s'],
  xmlDetail: [35, '%s'],
  denied: [29, 'operation forbidden: %s'],
  system: [38, '%s'],
  noDomain: [42, 'Domain not found: %s'],
  noNetwork: [43, 'Network not found: %s'],
  noPool: [49, 'Storage pool not found: %s'],
  noVolume: [50, 'Storage volume not found: %s'],
  invalid: [55, 'Requested operation is not valid: %s'],
  invalidSecret: [65, 'Invalid secret: %s'],
  noSecret: [66, 'Secret not found: %s'],
  unsupportedConfig: [67, 'unsupported configuration: %s'],
  timeout: [68, 'Timed out during operation: %s'],
  noNodeDevice: [53, 'Node device not found: %s'],
  noBackup: [104, 'Domain backup job id not found: %s'],
  noNetworkPort: [107, 'network port not found: %s'],
  severalInterfaces: [59, 'multiple matching interfaces found: %s'],
  noFilter: [62, 'Network filter not found: %s'],
  noBinding: [101, 'Network filter binding not found: %s'],
  noInterface: [57, 'Interface not found: %s'],
  hook: [70, 'Hook script execution failed: %s'],
  noSnapshot: [72, 'Domain snapshot not found: %s'],
  noMetadata: [80, 'metadata not found: %s'],
  unsupportedArgument: [74, 'argument unsupported: %s'],
  blockCopyActive: [83, 'block copy still active: %s'],
  unsupported: [84, 'Operation not supported: %s'],
  agent: [86, 'Guest agent is not responding: %s'],
  noDevice: [99, 'device not found: %s'],
  noCheckpoint: [103, 'Domain checkpoint not found: %s'],
  noHostName: [108, 'no hostname found: %s'],
  volumeExists: [90, 'storage volume %s exists already'],
} as const satisfies Readonly<Record<string, readonly [code: number, format: string]>>
export type FailureKind = keyof typeof KINDS

const FAILURE = Symbol('as libvirt tells it')

/** Thrown by a handler that knows what libvirt says here. */
export function fail(kind: FailureKind, from: From, detail: string): Error {
  return Object.assign(new Error(detail), { [FAILURE]: remote(kind, from, detail) })
}

function remote(kind: FailureKind, from: From, detail: string): RemoteError {
  const [code, format] = KINDS[kind]
  return failureOf(code, FROM[from], format, detail)
}

/** What a use case refuses, where no handler has foreseen it. */
const OF_CODE = {
  'not-found': 'failed',
  'already-exists': 'failed',
  'invalid-definition': 'unsupportedConfig',
  'invalid-argument': 'invalidArgument',
  'wrong-state': 'invalid',
  'needs-restart': 'invalid',
  'in-use': 'invalid',
  conflict: 'internal',
  'not-permitted': 'denied',
  'missing-program': 'internal',
  'no-space': 'system',
  'download-failed': 'failed',
  'command-failed': 'internal',
  timeout: 'timeout',
  'daemon-unreachable': 'internal',
  unsupported: 'unsupported',
  internal: 'internal',
} as const satisfies Readonly<Record<ErrorCode, FailureKind>>

/** `from` is the driver that the call belongs to. */
export function explain(error: unknown, from: From): RemoteError {
  if (error instanceof WeftError && isHooks(error)) return remote('hook', 'hook', sentence(error))
  if (error instanceof WeftError) return remote(OF_CODE[error.code], from, sentence(error))
  const known = error instanceof Error ? (error as { [FAILURE]?: RemoteError })[FAILURE] : undefined
  return known ?? remote('internal', from, error instanceof Error ? error.message : String(error))
}

/** A program of the administrator's has forbidden it (core/plan/hook.ts). */
const isHooks = ({ details }: WeftError): boolean =>
  details.some(
    ([label, text]) => label === 'ran' && /^'?\/.*\/hooks\/(network|qemu)(\.d\/[^ ]+)? /.test(text),
  )

/** What is wrong with a text of XML, in one: each with its line where that is known. `text` is libvirt's name for it: `network_definition`. */
export function tellProblems(problems: readonly Problem[], text: string): string {
  const told = problems.map(({ path, message, line }) =>
    line === undefined ? `${path}: ${message}` : `(${text}):${String(line)}: ${path}: ${message}`,
  )
  return told.join('; ')
}

/** Clients show one text: problems with a definition are part of it, and what to do. */
function sentence({ message, problems, hint, details }: WeftError): string {
  const first = problems.map(({ path, message: text }) => `${path}: ${text}`)
  const said = details.filter(([label]) => label === 'it said').map(([, text]) => text)
  return [message, ...first, ...said, ...(hint === undefined ? [] : [`try ${hint}`])].join('; ')
}
