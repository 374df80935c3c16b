/** Many networks at once, at boot: one look at the host, one plan, and the firewall table loaded once with everybody in it. */
import type { HostFacts } from '../host/facts.ts'
import { startPlan, type Plan, type Step } from '../plan/plan.ts'
import { ipv4Of, ipv6Of, isForwarded } from './ips.ts'
import { formatRuleset, parseRuleset } from './firewall/nft-ruleset.ts'
import { formatFastPathListing } from './firewall/plan-fast-path.ts'
import { needsFirewall } from './firewall/plan-firewall.ts'
import { once } from './neighbours/plan-neighbours.ts'
import { planNetworkStart } from './plan-start.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** None of `wanted` runs and none is in another's way; `others` are the live definitions of those that run. */
export function planNetworksStart(
  wanted: readonly NetworkSpec[],
  seen: SeenHost,
  facts: HostFacts,
  others: readonly NetworkSpec[],
): Plan {
  const all = [...wanted, ...others]
  const steps: Step[] = []
  let now = seen
  for (const network of wanted) {
    const rest = all.filter((each) => each !== network)
    const plan = planNetworkStart(network, now, facts, rest)
    steps.push(...plan.steps)
    now = after(network, now, all)
  }
  const [only] = wanted
  const title =
    wanted.length === 1 && only !== undefined
      ? `start network '${only.name}'`
      : `start ${String(wanted.length)} networks`
  return startPlan(title, once(steps))
}

/** What the next network finds: forwarding on, and the table with everybody in it where there was none. */
function after(network: NetworkSpec, seen: SeenHost, all: readonly NetworkSpec[]): SeenHost {
  const forwards = isForwarded(network)
  return {
    ...seen,
    ipForward: seen.ipForward || (forwards && ipv4Of(network) !== undefined),
    ipv6Forwarding: seen.ipv6Forwarding || (forwards && ipv6Of(network) !== undefined),
    firewall: needsFirewall(network) && !isWhole(seen) ? formatRuleset(all, seen.published) : seen.firewall,
    ...(seen.fastPath === undefined
      ? {}
      : { fastPath: { listing: seen.fastPath.listing ?? formatFastPathListing([network]) } }),
  }
}

function isWhole({ firewall }: SeenHost): boolean {
  return firewall !== undefined && parseRuleset(firewall).isIntact
}
