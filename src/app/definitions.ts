/** A definition is changed by a plan like everything else: written and removed by steps that can be shown and taken back. */
import { lastingPlan, type Plan } from '../core/plan/plan.ts'
import type { App, Store } from './ports.ts'

const DEFINITION_MODE = 0o600

/** Empty when the file says this already. */
export async function planDefinition<T>(app: App, store: Store<T>, value: T, title: string): Promise<Plan> {
  const path = store.file(store.nameOf(value))
  const content = store.format(value)
  const before = await app.host.readTextFile(path)
  const secret = secrecy(store, value)
  if (before === content) return lastingPlan(title, [])
  return lastingPlan(title, [
    {
      reason: 'the definition is kept where it survives a reboot',
      do: { kind: 'write', path, content, mode: DEFINITION_MODE, ...secret },
      undo:
        before === undefined
          ? { kind: 'remove', path }
          : { kind: 'write', path, content: before, mode: DEFINITION_MODE, ...secret },
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
      undo: { kind: 'write', path, content, mode: DEFINITION_MODE, ...secrecy(store, value) },
    },
  ])
}

/** The history is everybody's to read: a definition with secrets in it, now or before, is not shown there. */
function secrecy<T>(store: Store<T>, value: T): { readonly isSecret?: true } {
  const before = store.find(store.nameOf(value))
  const holds = [value, before].some((each) => each !== undefined && store.holdsSecrets?.(each) === true)
  return holds ? { isSecret: true } : {}
}
