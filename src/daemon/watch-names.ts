/** Tells this host its guests' names a moment after a change of weft's or a lease. */
import { keepHostNames } from '../app/host-names.ts'
import type { App } from '../app/ports.ts'
import { NAMES_TITLE } from '../core/network/naming/plan-names.ts'

/** Guests that start together are told together. */
const GATHER_MS = 100

export interface NamesWatch {
  /** What is due is done before this resolves. */
  stop(): Promise<void>
}

export function watchNames(app: App): NamesWatch {
  let timer: NodeJS.Timeout | undefined
  const go = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    return keepHostNames(app)
  }
  const touch = (): void => {
    timer ??= setTimeout(() => void go(), GATHER_MS)
  }
  const leave = app.events.subscribe((event) => {
    if (event.kind === 'lease' || (event.kind === 'change' && !event.title.endsWith(NAMES_TITLE))) touch()
  })
  touch()
  return {
    async stop() {
      leave()
      if (timer !== undefined) await go()
    },
  }
}
