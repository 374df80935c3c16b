/** What a plan can change, read off its actions: what a before-and-after comparison has to look at. */
import type { Action } from '../core/plan/action.ts'
import type { Plan } from '../core/plan/plan.ts'
import type { SnapshotScope } from './ports.ts'

export function scopeOf(plan: Plan): SnapshotScope {
  const actions = plan.steps.flatMap((step): Action[] =>
    step.undo.kind === 'none' ? [step.do] : [step.do, step.undo],
  )
  return {
    links: new Set(actions.flatMap(linkWords)),
    owners: new Set(actions.flatMap(ownerWords)),
    firewall: firewallScope(actions),
    forwarding: actions.some((action) => action.kind === 'sysctl' && /forward(ing)?$/.test(action.key)),
  }
}

/** Every word that could be a link's name: what is no link is not found, and does no harm. */
function linkWords(action: Action): string[] {
  if (action.kind === 'sysctl') return action.key.split('.').map((part) => part.replaceAll('/', '.'))
  if (action.kind !== 'run') return []
  const tapName = (word: string): string[] => /\bifname=([^,]+)/.exec(word)?.slice(1) ?? []
  return action.argv.flatMap((word) => [word, ...tapName(word)])
}

/** Most plans only put elements in and take them out. */
function firewallScope(actions: readonly Action[]): SnapshotScope['firewall'] {
  const texts = actions.flatMap((action) =>
    action.kind === 'run' && action.argv[0] === 'nft' ? [action.stdin ?? ''] : [],
  )
  if (texts.length === 0) return 'nothing'
  // Published ports have no interface's name in them.
  const isElements = texts.every((text) =>
    /^((add|delete) element (inet|bridge) weft (?!published).*\n)+$/.test(text),
  )
  if (!isElements) return 'table'
  return new Set(texts.flatMap((text) => [...text.matchAll(/"([^"]+)"/g)].map(([, name]) => name ?? '')))
}

/** `ROOT/run/weft/networks/default/...` is about default. */
function ownerWords(action: Action): string[] {
  const text = action.kind === 'run' ? action.argv.join(' ') : JSON.stringify(action)
  return [...text.matchAll(/\/weft\/(?:networks|vms)\/([^/"\s]+)/g)].flatMap(([, name]) => name ?? [])
}
