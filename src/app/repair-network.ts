/** A person asks for what is not as it was started: to see it, or to have all of it back, what weft leaves alone by itself included. */
import { WeftError } from '../core/errors.ts'
import { planNeighbours } from '../core/network/neighbours/plan-neighbours.ts'
import {
  planNetworkRepair,
  planServing,
  planSharedRepair,
  planWholeRepair,
} from '../core/network/plan-repair.ts'
import { startProblems } from '../core/network/problems/problems.ts'
import { activeNetworks, isActive, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { startPlan, type Plan, type Step } from '../core/plan/plan.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { getNetwork, HOST_QUEUE } from './find-network.ts'
import {
  isMeantToRun,
  liveNetwork,
  lookAtNetworks,
  missingNetworks,
  otherLiveNetworks,
} from './live-network.ts'
import type { App } from './ports.ts'

type Repaired = Changed<'repaired' | 'unchanged'>

export function repairNetwork(app: App, name: string, request: ChangeRequest): Promise<Repaired> {
  return app.queue.run(HOST_QUEUE, async () => {
    const seen = await lookAtNetworks(app, [name])
    const live = isMeantToRun(app, seen, name) ? liveNetwork(app, seen, name) : undefined
    if (live === undefined) {
      getNetwork(app, name)
      const message = `network '${name}' is not active`
      throw new WeftError('wrong-state', message, { hint: `weft net start ${name}` })
    }
    refuseWhatIsInTheWay(live, seen)
    const plan = planWholeRepair(live, seen, app.facts, otherLiveNetworks(app, seen, name))
    return carryOutRepair(app, [name], plan, request)
  })
}

/** Every network that is meant to run. */
export function repairAllNetworks(app: App, request: ChangeRequest): Promise<Repaired> {
  return app.queue.run(HOST_QUEUE, async () => {
    const active = activeNetworks(await app.host.look([]))
    const names = [...active, ...(await missingNetworks(app, active))]
    const seen = await lookAtNetworks(app, names)
    const all = names.filter((name) => isMeantToRun(app, seen, name))
    const live = all.flatMap((name) => liveNetwork(app, seen, name) ?? [])
    for (const network of live) refuseWhatIsInTheWay(network, seen)
    const plan = startPlan('repair all networks', [
      ...planSharedRepair(live, seen, app.facts).steps,
      ...planNeighbours(live, seen).steps,
      ...live.flatMap((network) => planNetworkRepair(network, seen, app.facts, { isAsked: true }).steps),
      ...live.flatMap((network) => planServing(network, seen, app.facts).steps),
    ])
    return carryOutRepair(app, all, plan, request)
  })
}

async function carryOutRepair(
  app: App,
  names: readonly string[],
  plan: Plan,
  request: ChangeRequest,
): Promise<Repaired> {
  const isNeeded = plan.steps.length > 0
  const changed = await carryOut(app, request, plan, isNeeded ? 'repaired' : 'unchanged')
  if (request.dryRun) return changed
  for (const name of names) {
    app.repairs.forget(name)
    app.host.hearDnsmasq(name)
    if (isNeeded) app.events.emit({ kind: 'network', name, what: 'repaired' })
  }
  return changed
}

/** The steps that would make the network what it was started as; none for one that is not meant to run. */
export function driftSteps(app: App, seen: SeenHost, name: string): readonly Step[] {
  const live = isMeantToRun(app, seen, name) ? liveNetwork(app, seen, name) : undefined
  if (live === undefined) return []
  return planWholeRepair(live, seen, app.facts, otherLiveNetworks(app, seen, name)).steps
}

/** Somebody has made another link of the bridge's name, or taken its subnet. */
function refuseWhatIsInTheWay(live: NetworkSpec, seen: SeenHost): void {
  const problems = isActive(seen, live.name) ? [] : startProblems(live, seen)
  if (problems.length === 0) return
  const message = `could not repair network '${live.name}': its bridge has gone, and something is in the way of a new one`
  throw new WeftError('conflict', message, { problems })
}
