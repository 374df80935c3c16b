/** What to do so that nothing of a running network is left. */
import type { HostFacts } from '../host/facts.ts'
import { stopPlan, type Plan } from '../plan/plan.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** `live` is the definition it was started with; `others` those of the networks that stay active. */
export function planNetworkStop(
  live: NetworkSpec,
  _seen: SeenHost,
  _facts: HostFacts,
  _others: readonly NetworkSpec[],
): Plan {
  return stopPlan(`stop network '${live.name}'`, [])
}
