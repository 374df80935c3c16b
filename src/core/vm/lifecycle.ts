/**
 * The states of a machine and what may be done in each.
 *
 *              create              start
 *   (nothing) ───────▶ stopped ───────────▶ running
 *       ▲                │ ▲                   │
 *       └────────────────┘ └───────────────────┘
 *             delete         stop (asks the guest)
 *                            kill (pulls the plug)
 *                            the guest ends by itself
 *
 * Refusals, HTTP answers and greyed-out buttons all come from the table below.
 */
import { WeftError } from '../errors.ts'

export type VmState = 'stopped' | 'running'
export type VmAction = 'start' | 'stop' | 'kill' | 'console' | 'delete'

interface Rule {
  readonly allowedIn: readonly VmState[]
  /** Finishes "cannot ... machine 'web'". */
  readonly verb: string
  readonly hint: (name: string) => string
}

const RULES: Readonly<Record<VmAction, Rule>> = {
  start: { allowedIn: ['stopped'], verb: 'start', hint: (name) => `weft vm kill ${name}` },
  stop: { allowedIn: ['running'], verb: 'stop', hint: (name) => `weft vm start ${name}` },
  kill: { allowedIn: ['running'], verb: 'kill', hint: (name) => `weft vm start ${name}` },
  console: { allowedIn: ['running'], verb: 'open the console of', hint: (name) => `weft vm start ${name}` },
  delete: {
    allowedIn: ['stopped'],
    verb: 'delete',
    hint: (name) => `weft vm stop ${name}, or weft vm delete ${name} --force`,
  },
}

export function vmState(isRunning: boolean): VmState {
  return isRunning ? 'running' : 'stopped'
}

export function isAllowed(action: VmAction, state: VmState): boolean {
  return RULES[action].allowedIn.includes(state)
}

export function refuseUnlessAllowed(action: VmAction, name: string, state: VmState): void {
  if (isAllowed(action, state)) return
  const rule = RULES[action]
  throw new WeftError('wrong-state', `cannot ${rule.verb} machine '${name}': it is ${state}`, {
    hint: rule.hint(name),
  })
}
