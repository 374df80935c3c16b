/** A definition is changed by a plan like everything else: written and removed by steps that can be shown and taken back. */
import { lastingPlan, type Plan } from '../core/plan/plan.ts'
import type { App, Store } from './ports.ts'

const DEFINITION_MODE = 0o600

/** Empty when the file says this already. */
export async function planDefinition<T>(app: App, store: Store<T>, value: T, title: string): Promise<Plan> {
  const path = store.file(store.nameOf(value))
  const content = store.format(value)
  const before = await app.host.readTextFile(path)
  if (before === content) return lastingPlan(title, [])
  return lastingPlan(title, [
    {
      reason: 'the definition is kept where it survives a reboot',
      do: { kind: 'write', path, content, mode: DEFINITION_MODE },
      undo:
        before === undefined
          ? { kind: 'remove', path }
          : { kind: 'write', path, content: before, mode: DEFINITION_MODE },
    },
  ])
}

export async function planForget<T>(app: App, store: Store<T>, value: T, title: string): Promise<Plan> {
  const path = store.file(store.nameOf(value))
  const content = (await app.host.readTextFile(path)) ?? store.format(value)
  return lastingPlan(title, [
    {
      reason: 'the definition is forgotten',
      do: { kind: 'remove', path },
      undo: { kind: 'write', path, content, mode: DEFINITION_MODE },
    },
  ])
}
