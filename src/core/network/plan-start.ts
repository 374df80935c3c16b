/** What to do so that a network runs as wanted; the same function starts, repairs and finds nothing to do. */
import type { HostFacts } from '../host/facts.ts'
import { startPlan, type Plan } from '../plan/plan.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** `others` are the live definitions of the other active networks: reloading the firewall table reloads theirs too. */
export function planNetworkStart(
  wanted: NetworkSpec,
  _seen: SeenHost,
  _facts: HostFacts,
  _others: readonly NetworkSpec[],
): Plan {
  return startPlan(`start network '${wanted.name}'`, [])
}
