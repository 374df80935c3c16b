/** An error as a person reads it at a terminal, and the exit code a script branches on. */
import { readFileSync } from 'node:fs'
import type { ErrorCode, Problem, WeftError } from '../../core/errors.ts'
import type { ErrorView } from '../../api/views.ts'

/** 1 failed, 2 wrong words, 3 not there, 4 refused. */
export const EXIT_CODES = {
  'not-found': 3,
  'already-exists': 4,
  'invalid-definition': 2,
  'invalid-argument': 2,
  'wrong-state': 4,
  'needs-restart': 4,
  'in-use': 4,
  conflict: 4,
  'not-permitted': 4,
  'missing-program': 1,
  'no-space': 1,
  'download-failed': 1,
  'command-failed': 1,
  timeout: 1,
  'daemon-unreachable': 1,
  unsupported: 4,
  internal: 1,
} as const satisfies Record<ErrorCode, number>

export const exitCode = (code: ErrorCode): number => EXIT_CODES[code]

export function errorJson(error: WeftError): { readonly error: ErrorView } {
  const { code, message, hint = null, details } = error
  const problems = error.problems.map((problem) => ({
    path: problem.path,
    message: problem.message,
    hint: problem.hint ?? null,
    line: problem.line ?? null,
    column: problem.column ?? null,
  }))
  return { error: { code, message, hint, details, problems } }
}

/** `weft: could not ...`, labelled lines, problems with their place, and what to try. */
export function formatError(error: WeftError, hasColour: boolean): string {
  const red = (text: string): string => (hasColour ? `\u001b[31m${text}\u001b[0m` : text)
  const source = error.details.find(([label]) => label === 'file')?.[1]
  const labelled = [
    ...error.details.filter(([label]) => label !== 'file'),
    ...(error.hint === undefined || isForPrograms(error.hint) ? [] : [['try', error.hint] as const]),
  ]
  const widest = Math.max(4, ...labelled.map(([label]) => label.length))
  return [
    `weft: ${red(error.message)}`,
    ...error.problems.flatMap((problem) => problemLines(problem, source)),
    ...labelled.flatMap(([label, text]) => labelledLines(label.padEnd(widest), text)),
    '',
  ].join('\n')
}

/** `GET /v1/openapi.json`: nothing that one types at a terminal. */
const isForPrograms = (hint: string): boolean => hint.startsWith('GET /')

function labelledLines(label: string, text: string): string[] {
  const [first = '', ...more] = text.trimEnd().split('\n')
  return [`  ${label} ${first}`, ...more.map((line) => `  ${' '.repeat(label.length)} ${line}`)]
}

/** `FILE:LINE:COLUMN: message`, as compilers say it, with the line itself when the file is at hand. */
function problemLines(problem: Problem, source: string | undefined): string[] {
  const place = [source ?? '<stdin>', problem.line, problem.column]
    .filter((part) => part !== undefined)
    .join(':')
  const head = problem.line === undefined && source === undefined ? problem.path : place
  const message = `${head}: ${problem.message}`
  return [
    message,
    ...(problem.line === undefined ? [] : excerpt(source, problem.line, problem.column ?? 1)),
    ...(problem.hint === undefined ? [] : [`    ${problem.hint}`]),
  ]
}

function excerpt(source: string | undefined, line: number, column: number): string[] {
  const text = source === undefined ? undefined : readLine(source, line)
  if (text === undefined) return []
  // Tabs stay tabs under tabs, so that the caret stands where the eye expects it.
  const from = Math.max(0, column - 1 - LONGEST_EXCERPT / 2)
  const indent = text.slice(from, column - 1).replace(/[^\t]/g, ' ')
  const shown = text.slice(from, from + LONGEST_EXCERPT).replace(UNPRINTABLE, '?')
  return [`    ${shown}`, `    ${indent}^`]
}

/** A definition all on one line would fill the screen. */
const LONGEST_EXCERPT = 160
/** A file that is no text must not send commands to the terminal. */
const UNPRINTABLE = /[^\P{C}\t]|\uFFFD/gu

function readLine(source: string, line: number): string | undefined {
  try {
    return readFileSync(source, 'utf8').split(/\r?\n/)[line - 1]
  } catch {
    return undefined
  }
}
