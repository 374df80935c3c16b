/**
 * The states of a machine and what may be done in each.
 *
 *              create              start                  pause
 *   (nothing) ───────▶ stopped ────────────▶ running ───────────────▶ paused
 *       ▲                │ ▲                  │ │ ▲                    │ │
 *       └────────────────┘ └──────────────────┘ │ └────────────────────┘ │
 *             delete         stop (asks the     │       resume           │
 *                            guest), kill, or   │ a disk is full         │ save
 *                            it ends by itself  │ its kernel panics      │
 *                                               ▼                        ▼
 *                                            crashed                   saved ──start──▶ running
 *
 * Refusals, HTTP answers and greyed-out buttons all come from the table below.
 */
import { WeftError } from '../errors.ts'

/** `paused` and `crashed` stand still in a QEMU that lives; `saved` is stopped, with its memory in a file. */
export type VmState = 'stopped' | 'saved' | 'running' | 'paused' | 'crashed'
export type VmAction =
  | 'start'
  | 'stop'
  | 'kill'
  | 'pause'
  | 'resume'
  | 'reboot'
  | 'reset'
  | 'save'
  | 'discard'
  | 'snapshot'
  | 'console'
  | 'screenshot'
  | 'dump'
  | 'clone'
  | 'rename'
  | 'delete'

interface Rule {
  readonly allowedIn: readonly VmState[]
  /** Finishes "cannot ... machine 'web'". */
  readonly verb: string
  /** What to type where that is not what the state suggests. */
  readonly hints?: Readonly<Partial<Record<VmState, (name: string) => string>>>
}

const LIVE: readonly VmState[] = ['running', 'paused', 'crashed']
const AT_REST: readonly VmState[] = ['stopped', 'saved']

const RULES: Readonly<Record<VmAction, Rule>> = {
  start: { allowedIn: AT_REST, verb: 'start' },
  stop: { allowedIn: ['running'], verb: 'stop' },
  kill: { allowedIn: LIVE, verb: 'kill' },
  pause: { allowedIn: ['running'], verb: 'pause' },
  resume: { allowedIn: ['paused'], verb: 'resume' },
  reboot: { allowedIn: ['running'], verb: 'reboot' },
  reset: { allowedIn: LIVE, verb: 'reset' },
  save: { allowedIn: ['running', 'paused'], verb: 'save' },
  discard: { allowedIn: ['saved'], verb: 'discard the saved memory of' },
  snapshot: { allowedIn: ['stopped', 'running', 'paused'], verb: 'change the snapshots of' },
  console: { allowedIn: LIVE, verb: 'open the console of' },
  screenshot: { allowedIn: LIVE, verb: 'take a picture of' },
  dump: { allowedIn: LIVE, verb: 'dump the memory of' },
  // A saved memory goes on with the disks as they are.
  clone: { allowedIn: ['stopped'], verb: 'clone' },
  // A saved memory goes on with files by this name.
  rename: { allowedIn: ['stopped'], verb: 'rename' },
  delete: {
    allowedIn: ['stopped'],
    verb: 'delete',
    hints: {
      running: (name) => `weft vm stop ${name}, or weft vm delete ${name} --force`,
      saved: (name) => `weft vm discard ${name}, or weft vm delete ${name} --force`,
    },
  },
}

/** What leads on from each state. */
const HINTS: Readonly<Record<VmState, (name: string) => string>> = {
  stopped: (name) => `weft vm start ${name}`,
  saved: (name) => `weft vm start ${name}`,
  running: (name) => `weft vm stop ${name}`,
  paused: (name) => `weft vm resume ${name}, or weft vm kill ${name}`,
  crashed: (name) => `weft vm reset ${name}, or weft vm kill ${name}`,
}

export function isLive(state: VmState): boolean {
  return LIVE.includes(state)
}

export function isAllowed(action: VmAction, state: VmState): boolean {
  return RULES[action].allowedIn.includes(state)
}

export function refuseUnlessAllowed(action: VmAction, name: string, state: VmState): void {
  if (isAllowed(action, state)) return
  const { verb, hints = {} } = RULES[action]
  throw new WeftError('wrong-state', `cannot ${verb} machine '${name}': it is ${state}`, {
    hint: (hints[state] ?? HINTS[state])(name),
  })
}

/** QEMU's run states that are not `running`: what each is here, and why the machine stands still, where QEMU's word for it tells. */
const STANDING_STILL: Readonly<Record<string, { readonly state: VmState; readonly because?: string }>> = {
  'guest-panicked': { state: 'crashed', because: "the guest's kernel has panicked" },
  'internal-error': { state: 'crashed', because: 'QEMU met something in the guest that it cannot emulate' },
  'io-error': { state: 'paused', because: 'a disk could not be written' },
  inmigrate: { state: 'paused', because: 'its memory is being restored' },
  postmigrate: { state: 'paused', because: 'its memory has been saved' },
  shutdown: { state: 'paused', because: 'the guest has powered itself off' },
  suspended: { state: 'paused', because: 'the guest sleeps' },
  watchdog: { state: 'paused', because: 'the watchdog has barked' },
}

export interface LiveState {
  readonly state: VmState
  readonly because?: string
}

/** From the word that QEMU answers to query-status. */
export function stateOfQemu(status: string): LiveState {
  if (status === 'running') return { state: 'running' }
  return STANDING_STILL[status] ?? { state: 'paused' }
}
