/** The calls of commands: to weftd, with a sign of life on the terminal when an answer takes long. */
import { call } from '../api/client.ts'
import type { CallInput } from '../api/client.ts'
import type { ChangingRoute, JsonRoute, ReplyOf } from '../api/contract.ts'
import type { ChangeView } from '../api/views.ts'
import type { Door } from './declare.ts'
import { isTerminal } from './output.ts'
import type { Sentences } from './views/change.ts'

export function ask<R extends JsonRoute>(door: Door, route: R, input: CallInput<R>): Promise<ReplyOf<R>> {
  return waiting(door, call(door.connection, route, input))
}

/** Makes a change, or with --dry-run only its plan, and prints the answer. */
export async function change<R extends ChangingRoute & JsonRoute>(
  door: Door,
  route: R,
  input: CallInput<R>,
  sentences: Sentences,
): Promise<undefined> {
  const query = { ...input.query, ...(door.isDryRun ? { dryRun: true } : {}) }
  const view = (await ask(door, route, { ...input, query } as CallInput<R>)) as ChangeView
  const { showChange } = await import('./views/change.ts')
  showChange(door, view, sentences)
}

/** What is said while an answer takes long, by whoever knows more than how long it has taken. */
export const told: { line?: string } = {}

/** Seconds counted on stderr, on a terminal only, from the first half second on. */
export async function waiting<T>(door: Door, answer: Promise<T>): Promise<T> {
  if (door.isJson || !isTerminal(2)) return answer
  const { stderr } = process
  const began = Date.now()
  let shown = 0
  const timer = setInterval(() => {
    shown += 1
    stderr.write(`\r\u001b[K${told.line ?? `${String(Math.round((Date.now() - began) / 1000))} s ...`}`)
  }, 500)
  try {
    return await answer
  } finally {
    clearInterval(timer)
    if (shown > 0) stderr.write('\r\u001b[K')
  }
}
