/** What comes before every change to the host's own way out: a guard that takes it back, written down and set going. */
import { run, type RunAction } from '../../plan/action.ts'
import { cannotUndo, noUndo, type Step } from '../../plan/plan.ts'
import { shellJoin } from '../../plan/shell-quote.ts'
import { changeSteps, copySteps, restoreFileLines } from '../keeper/file-steps.ts'
import type { Handing } from '../keeper/seen-keeper.ts'
import type { GuardFiles, GuardNote } from './guard-files.ts'
import { guardScript, type Guard } from './guard-script.ts'
import { ruleWords } from './rule-words.ts'
import type { Family, SeenUplink } from './seen-uplink.ts'

/** Of the move and what follows it. */
export const BY_GUARD = noUndo('the guard puts everything back')

const WITH_DIRECTORY = noUndo('it goes with its directory')

/** All but what follows from where it lies and from who is told. */
export type LinkGuard = Omit<Guard, 'directory' | 'files' | 'states' | 'tell' | 'rests' | 'settle'>

/** The files of whoever keeps the link are written last: from then on there is somebody who puts them back. */
export function guardSteps(
  { directory, script, note }: GuardFiles,
  guard: LinkGuard,
  about: GuardNote,
  { changes, states, tell, untell = tell, isBack = false, rests, settle }: Handing,
): Step[] {
  const all = [...changes, ...states]
  const lines = restoreFileLines(all)
  // Written until the client has gone, and there after a reboot all the same.
  const late = lines.filter((_, at) => all[at]?.isClients === true)
  const content = guardScript({
    ...guard,
    lines: untell !== undefined && !isBack ? twice(guard.lines) : guard.lines,
    directory,
    files: [...new Set([...lines.slice(0, changes.length), ...late])],
    states: [...new Set([...lines.slice(changes.length), ...late])],
    tell: untell === undefined ? undefined : { line: shellJoin(untell), when: isBack ? 'after' : 'before' },
    rests: rests === undefined ? undefined : shellJoin(rests),
    settle: settle === undefined || isBack ? undefined : shellJoin(settle),
  })
  return [
    {
      reason: 'what takes it back has a place that outlasts a reboot',
      do: { kind: 'mkdir', path: directory, mode: 0o700 },
      undo: { kind: 'remove', path: directory },
    },
    {
      reason: 'and what it is about',
      do: { kind: 'write', path: note, content: `${JSON.stringify(about)}\n`, mode: 0o600 },
      undo: WITH_DIRECTORY,
    },
    ...copySteps(all, directory, WITH_DIRECTORY),
    {
      reason: 'how it is taken back is written down before anything happens',
      do: { kind: 'write', path: script, content, mode: 0o700 },
      undo: WITH_DIRECTORY,
    },
    {
      reason: `a process of its own takes everything back in ${String(about.confirmWithin)} s unless it is confirmed, also when weftd is dead by then`,
      do: run('sh', script, 'arm', String(about.confirmWithin)),
      undo: run('sh', '-c', '[ ! -e "$1" ] || sh "$1" now', 'guard', script),
    },
    ...changeSteps(changes),
  ]
}

/** Before the host moves. */
export function tellFirstSteps(handing: Handing, files: GuardFiles): Step[] {
  const { first, isBack } = handing
  if (isBack === true) return tellStep(handing, files, 'before it comes to the links')
  if (first === undefined) return []
  return [{ reason: first.reason, do: runBy(handing, files, first.argv), undo: BY_GUARD }]
}

/** When it has moved. */
export function tellSteps(handing: Handing, files: GuardFiles): Step[] {
  const told =
    handing.isBack === true ? [] : tellStep(handing, files, 'and finds the links as it would have made them')
  return [...changeSteps(handing.states), ...told, ...settleSteps(handing, files)]
}

function settleSteps(handing: Handing, files: GuardFiles): Step[] {
  const { keeper, settle, isBack = false } = handing
  if (settle === undefined || !isBack) return []
  const action = runBy(handing, files, settle)
  return [{ reason: `${keeper} takes the NIC for its own again`, do: action, undo: BY_GUARD }]
}

/** Whoever is told waits by himself, NetworkManager for each of its connections: longer than this he hangs. */
const TELL_MS = 120_000

function tellStep(handing: Handing, files: GuardFiles, when: string): Step[] {
  const { keeper, tell, tells } = handing
  if (tell === undefined) return []
  return [
    {
      reason: tells ?? `${keeper} reads its files, ${when}`,
      do: { ...runBy(handing, files, tell), timeoutMs: TELL_MS },
      undo: BY_GUARD,
    },
  ]
}

/** Who has waited for the lock may come too late. What is begun here does not hold it. */
function runBy(
  { isLocked }: Handing,
  { lock, armed }: GuardFiles,
  argv: readonly [string, ...string[]],
): RunAction {
  if (isLocked !== true) return run(...argv)
  const then = '[ -e "$1" ] || { echo "the guard has taken all of it back" >&2; exit 1; }; shift; exec "$@"'
  return run('flock', '--close', lock, 'sh', '-c', then, 'then', armed, ...argv)
}

export interface MoveOrder {
  readonly lines: readonly string[]
  /** Somebody who looks after the links has begun with it at the same moment. */
  readonly isBeside: boolean
  /** The command. */
  readonly wayBack: string
}

/** The lock is the guard's: nothing happens any more when it has run out of patience, and it waits for what is happening. */
export function moveStep(
  reason: string,
  { lock }: GuardFiles,
  { lines, isBeside, wayBack }: MoveOrder,
): Step {
  const force = isBeside ? ['-force'] : []
  const all = isBeside ? twice(lines) : lines
  // On a host with much to do, nobody else's work is to lie between its lines.
  const action = run('flock', lock, 'nice', '-n', '-20', 'ip', ...force, '-batch', '-')
  return {
    reason,
    do: { ...action, stdin: `${all.join('\n')}\n`, ...(isBeside ? { accept: [1] } : {}) },
    undo: cannotUndo(`'${wayBack}' takes it back with the same care`),
  }
}

/** A route whose source somebody has taken away a moment ago is refused the first time; what is there already does no harm. */
export const twice = (lines: readonly string[]): string[] => [...lines, ...lines]

/** Before the move, both links have the rules. */
export function arriveRuleSteps(seen: SeenUplink, to: string): Step[] {
  return seen.rules.map((rule) => {
    const words = ruleWords(rule, seen.name, to)
    return {
      reason: `rule ${String(rule.priority)} holds for ${to} as for ${seen.name}`,
      do: ruleAction(rule.family, 'add', words),
      undo: { ...ruleAction(rule.family, 'delete', words), accept: [2] },
    }
  })
}

/** After it, the old link has them no more. `isBeside`: somebody who has put them there himself may have taken them away by now. */
export function leaveRuleSteps(seen: SeenUplink, to: string, isBeside = false): Step[] {
  return seen.rules.map((rule) => ({
    reason: `rule ${String(rule.priority)} is about ${to} now`,
    do: {
      ...ruleAction(rule.family, 'delete', ruleWords(rule, seen.name, seen.name)),
      ...(isBeside ? { accept: [2] } : {}),
    },
    undo: BY_GUARD,
  }))
}

/** Lines for the guard, of one family. */
export function ruleLines(family: Family, seen: SeenUplink, to: string): string[] {
  return seen.rules
    .filter((rule) => rule.family === family)
    .flatMap((rule) => {
      const old = ruleWords(rule, seen.name, seen.name).join(' ')
      // The same rule may be there twice: it is deleted first.
      return [
        `rule delete ${ruleWords(rule, seen.name, to).join(' ')}`,
        `rule delete ${old}`,
        `rule add ${old}`,
      ]
    })
}

function ruleAction(family: Family, verb: 'add' | 'delete', words: readonly string[]): RunAction {
  return run('ip', `-${String(family)}`, 'rule', verb, ...words)
}
