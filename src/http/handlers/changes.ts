/** The history over HTTP: what was changed, what a change did to the host, and taking it back. */
import type { HistoryView } from '../../api/views.ts'
import type { Change } from '../../app/ports.ts'
import { diffSnapshots } from '../../app/snapshot-diff.ts'
import { WeftError } from '../../core/errors.ts'
import { renderPlan } from '../../core/plan/render.ts'
import type { Handlers } from '../handler.ts'

export const changeHandlers = {
  history: async ({ app }) => (await app.journal.history()).map(historyView),
  showChange: async ({ app, params }) => {
    const change = (await app.journal.history()).find(({ number }) => number === Number(params.number))
    if (change === undefined)
      throw new WeftError('not-found', `there is no change ${params.number}`, { hint: 'weft history' })
    return {
      ...historyView(change),
      script: renderPlan(change.plan),
      diff: diffSnapshots(change.before, change.after),
    }
  },
  undo: () => {
    throw new WeftError('unsupported', 'not yet')
  },
} as const satisfies Handlers<'history' | 'showChange' | 'undo'>

function historyView({ number, title, by, at, durationMs, outcome }: Change): HistoryView {
  return { number, title, by, at, durationMs, outcome }
}
