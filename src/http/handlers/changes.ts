/** The history over HTTP: what was changed, what a change did to the host, and taking it back. */
import type { HistoryView } from '../../api/views.ts'
import { listHistory, showChange, undoChange } from '../../app/history.ts'
import type { Change } from '../../app/ports.ts'
import { renderPlan } from '../../core/plan/render.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

export const changeHandlers = {
  history: async ({ app }) => (await listHistory(app)).map(historyView),
  showChange: async ({ app, params }) => {
    const { change, diff } = await showChange(app, Number(params.number))
    return { ...historyView(change), script: renderPlan(change.plan), diff }
  },
  undo: ({ app, body, request }) => changeView(undoChange(app, body.number, request)),
} as const satisfies Handlers<'history' | 'showChange' | 'undo'>

function historyView({ number, title, by, at, durationMs, outcome }: Change): HistoryView {
  return { number, title, by, at, durationMs, outcome }
}
