/** What tracing packets, and saying who reaches whom, asks of this host. */
import type { DoctorEyes } from './doctor-ports.ts'
import type { RouteAnswer, RouteQuestion } from '../core/host/flow/flow.ts'
import type { RulesText } from '../core/host/ruleset/ruleset.ts'

export interface TraceEyes {
  ruleset(): Promise<RulesText>
  /** What the kernel would do with a packet; undefined: it does not say. */
  askRoute(question: RouteQuestion): Promise<RouteAnswer | undefined>
  /** Resolves as soon as the kernel's traces are heard. */
  watchTraces(): Promise<TraceWatch>
}

/** With what the doctor looks at. */
export interface WhyEyes extends DoctorEyes, TraceEyes {}

export interface TraceWatch {
  /** What was heard so far, a line each. */
  lines(): readonly string[]
  /** True as soon as it holds, false at the limit or at the end. */
  until(holds: (lines: readonly string[]) => boolean, limitMs: number): Promise<boolean>
  stop(): void
}
