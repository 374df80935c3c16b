/** What a change of machines makes of published ports: a part of the plan that creates, moves or deletes one. */
import { localnetSteps, publishSteps } from '../core/network/firewall/plan-publish.ts'
import { neighbourSteps } from '../core/network/neighbours/plan-neighbours.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { Step } from '../core/plan/plan.ts'
import { liveNetwork, otherLiveNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { publishedPorts, type AfterPlan } from './published.ts'

/** Those on these networks. `seen` is as it will be then, with the addresses that are kept. */
export function publishedSteps(
  app: App,
  seen: SeenHost,
  after: AfterPlan,
  networks: readonly string[],
): readonly Step[] {
  const now = { ...seen, published: publishedPorts(app, seen, after) }
  if (now.published.length === 0 && (seen.published ?? []).length === 0) return []
  return networks.flatMap((name) => {
    const live = isActive(seen, name) ? liveNetwork(app, seen, name) : undefined
    if (live === undefined) return []
    return [
      ...publishSteps(live, now, otherLiveNetworks(app, seen, name)),
      ...localnetSteps(live, now),
      ...neighbourSteps(live, now),
    ]
  })
}
