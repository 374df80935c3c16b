/** A guest's port is held to a network filter, as its NIC would be by a plug. */
import assert from 'node:assert/strict'
import { executePlan } from '../../src/app/execute-plan.ts'
import { holdToFilter } from '../../src/app/filters.ts'
import { liveNetwork, lookAtNetworks } from '../../src/app/live-network.ts'
import type { App } from '../../src/app/ports.ts'
import { recordSteps } from '../../src/core/network/bridge/plan-port.ts'
import type { FilterReference } from '../../src/core/network/filter/filter-spec.ts'
import { guardSteps } from '../../src/core/network/guard/plan-guard.ts'
import { portsOf } from '../../src/core/network/port.ts'
import { startPlan } from '../../src/core/plan/plan.ts'
import { omit } from '../../src/core/vm/omit.ts'

/** `reference`: undefined is none. */
export async function holdPort(
  app: App,
  network: string,
  guest: string,
  reference: FilterReference | undefined,
): Promise<void> {
  const seen = await lookAtNetworks(app, [network])
  const live = liveNetwork(app, seen, network)
  assert.ok(live)
  const ports = portsOf(network, seen, app.facts).map((port) =>
    port.hostName === guest
      ? holdToFilter(app, omit(port, 'filter'), reference, { network: live, seen })
      : port,
  )
  const steps = ports.flatMap((port) => recordSteps(port, live, seen, app.facts))
  const plan = startPlan('hold a port to a filter', [...steps, ...guardSteps(live, ports, seen)])
  await executePlan(app, plan, 'test')
}
