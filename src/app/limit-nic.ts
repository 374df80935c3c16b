/** How much a machine's NIC may send and receive, while it runs too. */
import { portsOf } from '../core/network/port.ts'
import { recordSteps } from '../core/network/bridge/plan-port.ts'
import { bandwidthSteps } from '../core/network/bridge/plan-queue.ts'
import { limitsOf } from '../core/network/bridge/port-limits.ts'
import type { Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { omit } from '../core/vm/omit.ts'
import type { NicBandwidth, NicDevice } from '../core/vm/spec.ts'
import type { Changed } from './change.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import type { ScopedRequest } from './scope.ts'
import { setNic } from './set-nic.ts'
import { portOf } from './vm-nics.ts'

/** `bandwidth`: undefined is as its port group has it. */
export interface NicLimit {
  readonly mac: string
  readonly bandwidth: NicBandwidth | undefined
}

export function limitNic(
  app: App,
  name: string,
  { mac, bandwidth }: NicLimit,
  request: ScopedRequest,
): Promise<Changed<'limited' | 'unchanged'>> {
  return setNic(
    app,
    name,
    {
      mac,
      title: `limit the NIC ${mac} of machine '${name}'`,
      result: 'limited',
      change: (nic) => withBandwidth(nic, bandwidth),
      live: (live) => liveSteps(app, live, mac),
    },
    request,
  )
}

const withBandwidth = (nic: NicDevice, bandwidth: NicBandwidth | undefined): NicDevice => ({
  ...omit(nic, 'bandwidth'),
  ...(bandwidth === undefined ? {} : { bandwidth }),
})

async function liveSteps(app: App, { spec, taps, macvtaps }: LiveVm, mac: string): Promise<Step[]> {
  const place = spec.nics.findIndex((nic) => nic.mac === mac)
  const [nic, tap] = [spec.nics[place], taps[place]]
  if (nic === undefined || tap === undefined) return []
  const seen = { ...(await lookAtNetworks(app, [nic.network])), queues: await app.host.queues() }
  const network = liveNetwork(app, seen, nic.network) ?? app.networks.find(nic.network)?.spec
  const isGuestsOwn = macvtaps?.includes(tap) === true
  const end = { interface: tap, guest: spec.name, ...(isGuestsOwn ? { isGuestsOwn } : {}) }
  const noted = portsOf(nic.network, seen, app.facts).find((each) => each.interface === tap)
  const { bandwidth } = nic
  const port = { ...omit(noted ?? portOf(spec, nic, tap), 'bandwidth'), ...(bandwidth && { bandwidth }) }
  return [
    ...(network === undefined ? [] : recordSteps(port, network, seen, app.facts)),
    ...bandwidthSteps(end, limitsOf(port, network ?? {}), seen),
  ]
}
