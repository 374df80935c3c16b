/** Changes of the host's own network: their plan is shown before they are made, and how long they wait to be confirmed. */
import type { CallInput } from '../api/client.ts'
import type { ChangeView } from '../api/views.ts'
import { ask } from './ask.ts'
import type { Door, FlagSpec } from './declare.ts'
import { secondsOf } from './values.ts'

export const CONFIRM_FLAG = {
  kind: 'text',
  value: 'TIME',
  summary: 'how long it waits for weft host confirm before it takes everything back: 2m; default 60s',
} as const satisfies FlagSpec

export function confirmWithinOf(flags: { readonly 'confirm-within': string | undefined }): {
  readonly confirmWithin?: number
} {
  const text = flags['confirm-within']
  return text === undefined ? {} : { confirmWithin: secondsOf(text, '--confirm-within') }
}

/** Of somebody who is here by ssh: that connection has to outlast the change. sshd says where it comes from (ssh(1)). */
export function callerOf(environment: Readonly<Record<string, string | undefined>>): {
  readonly caller?: string
} {
  const [caller = ''] = (environment['SSH_CONNECTION'] ?? '').split(' ')
  return caller === '' ? {} : { caller }
}

type Guarded = 'addHostBridge' | 'removeHostBridge'

/** On stderr, a line a step: with --dry-run the script says it all. */
export async function showSteps<R extends Guarded>(door: Door, route: R, input: CallInput<R>): Promise<void> {
  if (door.isDryRun || door.isJson) return
  const query = { ...input.query, dryRun: true }
  const view = (await ask(door, route, { ...input, query } as CallInput<R>)) as ChangeView
  for (const [index, { reason }] of view.steps.entries())
    door.say(`${String(index + 1).padStart(3)}  ${reason}`)
}
