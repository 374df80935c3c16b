/** Which network filter a machine's NIC is held to, while it runs too. */
import { recordSteps } from '../core/network/bridge/plan-port.ts'
import type { FilterReference } from '../core/network/filter/filter-spec.ts'
import { guardSteps } from '../core/network/guard/plan-guard.ts'
import { portsOf } from '../core/network/port.ts'
import type { Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { omit } from '../core/vm/omit.ts'
import type { NicDevice } from '../core/vm/spec.ts'
import type { Changed } from './change.ts'
import { holdToFilter } from './filters.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import type { ScopedRequest } from './scope.ts'
import { setNic } from './set-nic.ts'

/** `filter`: undefined is none. */
export interface NicFilter {
  readonly mac: string
  readonly filter: FilterReference | undefined
}

/** The rules of the one take the place of the other's in one transaction: nothing passes in between. Throws what keeps it from being loaded. */
export function filterNic(
  app: App,
  name: string,
  { mac, filter }: NicFilter,
  request: ScopedRequest,
): Promise<Changed<'filtered' | 'unchanged'>> {
  const how = filter === undefined ? 'by no filter' : `to filter '${filter.name}'`
  return setNic(
    app,
    name,
    {
      mac,
      title: `hold the NIC ${mac} of machine '${name}' ${how}`,
      result: 'filtered',
      change: (nic): NicDevice => ({ ...omit(nic, 'filter'), ...(filter && { filter }) }),
      live: (live) => liveSteps(app, live, mac),
    },
    request,
  )
}

/** None where its network has been stopped: the next plug asks for what it is held to. */
async function liveSteps(app: App, { spec, taps }: LiveVm, mac: string): Promise<Step[]> {
  const place = spec.nics.findIndex((nic) => nic.mac === mac)
  const nic = spec.nics[place]
  if (nic === undefined) return []
  const seen = await lookAtNetworks(app, [nic.network])
  const network = liveNetwork(app, seen, nic.network)
  const before = portsOf(nic.network, seen, app.facts)
  const port = before.find((each) => each.interface === taps[place])
  if (network === undefined || port === undefined) return []
  const held = holdToFilter(app, omit(port, 'filter'), nic.filter, { network, seen })
  const ports = before.map((each) => (each === port ? held : each))
  return [...recordSteps(held, network, seen, app.facts), ...guardSteps(network, ports, seen)]
}
