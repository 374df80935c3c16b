/**
 * An App in which changes of definitions happen in memory only: many of them can be planned that way, each on what those before it would have
 * made, and refused as they would be.
 */
import { NO_SNAPSHOT } from '../core/host/snapshot.ts'
import type { Action } from '../core/plan/action.ts'
import type { Step } from '../core/plan/plan.ts'
import type { App, Journal, Store } from './ports.ts'
import { createQueue } from './queue.ts'

export interface Imagined {
  readonly app: App
  /** Of all that was carried out in it, in order. */
  readonly steps: () => readonly Step[]
}

/** Good for definitions of networks, pools, machines, filters and secrets. Nothing is started in it, and no key is written. */
export function imagine(app: App): Imagined {
  /** What was written; undefined: removed. */
  const files = new Map<string, string | undefined>()
  const steps: Step[] = []
  const part: App = {
    ...app,
    networks: imaginedStore(app.networks, files),
    vms: imaginedStore(app.vms, files),
    pools: imaginedStore(app.pools, files),
    filters: imaginedStore(app.filters, files),
    secrets: imaginedStore(app.secrets, files),
    briefSecrets: imaginedStore(app.briefSecrets, files),
    keys: { ...app.keys, bring: () => Promise.resolve('SECRET'), discard: () => Promise.resolve() },
    journal: imaginedJournal(app.journal, steps),
    queue: createQueue(),
    host: {
      ...app.host,
      perform: (action) => {
        note(files, action)
        return Promise.resolve()
      },
      readTextFile: (path) =>
        files.has(path) ? Promise.resolve(files.get(path)) : app.host.readTextFile(path),
      look: async (networks) => {
        const seen = await app.host.look(networks)
        const written = [...files].flatMap(([path, text]) =>
          text === undefined ? [] : [[path, text] as const],
        )
        return { ...seen, files: new Map([...seen.files, ...written]) }
      },
      snapshot: () => Promise.resolve(NO_SNAPSHOT),
    },
    events: { ...app.events, emit: () => undefined },
  }
  return { app: part, steps: () => steps }
}

function note(files: Map<string, string | undefined>, action: Action): void {
  if (action.kind === 'write') files.set(action.path, action.content)
  if (action.kind === 'remove') files.set(action.path, undefined)
}

function imaginedStore<T>(store: Store<T>, files: ReadonlyMap<string, string | undefined>): Store<T> {
  const values = new Map(store.list().map((value) => [store.nameOf(value), value]))
  return {
    ...store,
    list: () => [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value),
    find: (name) => values.get(name),
    refresh(name) {
      const path = store.file(name)
      const text = files.get(path)
      if (text !== undefined) values.set(name, JSON.parse(text) as T)
      else if (files.has(path)) values.delete(name)
      return Promise.resolve()
    },
  }
}

function imaginedJournal(journal: Journal, steps: Step[]): Journal {
  return {
    ...journal,
    begin: (plan) => {
      steps.push(...plan.steps)
      return Promise.resolve({
        number: 0,
        stepDone: () => Promise.resolve(),
        extend: (more) => Promise.resolve(void steps.push(...more)),
        finish: () => Promise.resolve(),
      })
    },
  }
}
