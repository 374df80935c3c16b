/** Errors at this door: every code has its HTTP status, and a body that the CLI turns back into the same error. */
import type { ErrorView } from '../api/views.ts'
import { WeftError } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'

export const HTTP_STATUS = {
  'not-found': 404,
  'already-exists': 409,
  'invalid-definition': 422,
  'invalid-argument': 400,
  'wrong-state': 409,
  'needs-restart': 409,
  'in-use': 409,
  conflict: 409,
  'not-permitted': 403,
  'missing-program': 503,
  'no-space': 507,
  'download-failed': 502,
  'command-failed': 500,
  timeout: 504,
  'daemon-unreachable': 503,
  unsupported: 501,
  internal: 500,
} as const satisfies Record<ErrorCode, number>

export function errorView(error: WeftError): ErrorView {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    details: error.details,
    problems: error.problems.map(({ path, message, hint, line, column }) => ({
      path,
      message,
      hint: hint ?? null,
      line: line ?? null,
      column: column ?? null,
    })),
  }
}

/** What is not one of weft's own errors is a bug: its stack goes to the log, its message to the caller. */
export function toWeftError(error: unknown, log: (line: string) => void): WeftError {
  if (error instanceof WeftError) return error
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  log(`a bug: ${text}`)
  const said = error instanceof Error ? error.message : text
  return new WeftError('internal', 'weftd stumbled over a bug of its own', {
    details: [['it said', said]],
    hint: "weftd's log has more: journalctl -u weftd",
    cause: error,
  })
}
