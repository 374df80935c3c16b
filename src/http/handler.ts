/** What a handler is: one function a route, checked against the contract by the compiler. */
import type { BodyOf, JsonRoute, ParamsOf, QueryOf, ReplyOf } from '../api/contract.ts'
import type { ChangeView, DisruptionView, StepView } from '../api/views.ts'
import type { Changed, ChangeRequest } from '../app/change.ts'
import type { App } from '../app/ports.ts'
import { describeDisruption, disruptionOf, type PlanDisruption } from '../core/plan/disruption.ts'
import type { Step } from '../core/plan/plan.ts'
import { renderHeadline, renderPlan } from '../core/plan/render.ts'

export interface Call<R extends JsonRoute> {
  readonly app: App
  readonly params: ParamsOf<R>
  readonly query: QueryOf<R>
  readonly body: BodyOf<R>
  /** Who asks, and whether only to see the plan. */
  readonly request: ChangeRequest
}

export type Handler<R extends JsonRoute> = (call: Call<R>) => ReplyOf<R> | Promise<ReplyOf<R>>
export type Handlers<R extends JsonRoute> = { readonly [Route in R]: Handler<Route> }

export async function changeView(changed: Promise<Changed<string>>): Promise<ChangeView> {
  const { result, notes, number, plan } = await changed
  return {
    result,
    notes,
    change: number,
    title: plan.title,
    script: renderPlan(plan),
    disruption: disruptionView(disruptionOf(plan)),
    steps: plan.steps.map(stepView),
  }
}

function stepView({ reason, do: action, disrupts }: Step): StepView {
  const disruption = disruptionView(disrupts ?? { level: 'none', guests: [] })
  return { reason, command: renderHeadline(action), disruption }
}

const disruptionView = (disruption: PlanDisruption): DisruptionView => ({
  ...disruption,
  text: describeDisruption(disruption),
})
