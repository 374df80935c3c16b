/**
 * Looking after running networks: whatever somebody else took away (the firewall table, an address, dnsmasq) is planned anew from what
 * is seen and put back. The same planners as at start: an empty plan means all is as wanted.
 */
import { planLeftovers } from '../core/network/plan-leftovers.ts'
import { planDnsmasq } from '../core/network/plan-dnsmasq.ts'
import { servedPorts } from '../core/network/port.ts'
import { planNetworkRepair } from '../core/network/plan-start.ts'
import { activeNetworks, type SeenHost } from '../core/network/seen.ts'
import type { Plan } from '../core/plan/plan.ts'
import { executePlan } from './execute-plan.ts'
import { HOST_QUEUE } from './find-network.ts'
import { liveNetwork, lookAtNetworks, otherLiveNetworks } from './live-network.ts'
import type { App } from './ports.ts'

/** Repairs every running network; returns the titles of what was done. Touches nothing that is as wanted. */
export function repairNetworks(app: App): Promise<string[]> {
  return app.queue.run(HOST_QUEUE, async () => {
    const done: string[] = []
    let seen = await lookAtPlugged(app)
    for (const name of activeNetworks(seen)) {
      for (const plan of repairPlans(app, seen, name)) {
        await executePlan(app, plan, 'weftd')
        done.push(plan.title)
        app.events.emit({ kind: 'network', name, what: 'repaired' })
        // One repair may have mended others too: a reloaded table holds everybody's elements.
        seen = await lookAtPlugged(app)
      }
    }
    const leftovers = planLeftovers(otherLiveNetworks(app, seen, ''), seen, app.facts)
    if (leftovers.steps.length > 0) {
      await executePlan(app, leftovers, 'weftd')
      done.push(leftovers.title)
    }
    return done
  })
}

/** Files and dnsmasq matter only where somebody is plugged in: three hundred idle networks cost one look at the links. */
async function lookAtPlugged(app: App): Promise<SeenHost> {
  const links = await app.host.links()
  const plugged = new Set(links.flatMap((link) => link.master ?? []))
  return lookAtNetworks(
    app,
    activeNetworks({ links: links.filter((link) => plugged.has(link.name)), borrowed: [] }),
  )
}

function repairPlans(app: App, seen: SeenHost, name: string): Plan[] {
  const live = liveNetwork(app, seen, name)
  if (live === undefined) return []
  const repair = planNetworkRepair(live, seen, app.facts, () => otherLiveNetworks(app, seen, name))
  const ports = servedPorts(live, seen, app.facts)
  const serve = ports.length === 0 ? undefined : planDnsmasq(live, ports, seen, app.facts)
  return [repair, serve].filter((plan) => plan !== undefined).filter((plan) => plan.steps.length > 0)
}
