/** How much a machine's NIC may send and receive, while it runs too. */
import { WeftError } from '../core/errors.ts'
import { portsOf } from '../core/network/port.ts'
import { recordSteps } from '../core/network/bridge/plan-port.ts'
import { bandwidthSteps } from '../core/network/bridge/plan-queue.ts'
import { limitsOf } from '../core/network/bridge/port-limits.ts'
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { omit } from '../core/vm/omit.ts'
import type { NicBandwidth, NicDevice, VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'
import { keepInScope, liveIn, toldInScope, type ScopedRequest } from './scope.ts'
import { portOf } from './vm-nics.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

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
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const live = await liveIn(app, name, request)
    const change = (each: VmSpec): VmSpec => ({
      ...each,
      nics: each.nics.map((nic) => (nic.mac === mac ? withBandwidth(nic, bandwidth) : nic)),
    })
    refuseWithout(live?.spec ?? spec, mac)
    const wanted = change(spec)
    await refuseVmProblems(app, wanted, `machine '${name}'`)
    const after = live && { ...live, spec: change(live.spec) }
    const kept = await keepInScope(app, wanted, after, request)
    const steps = after === undefined ? [] : await liveSteps(app, after, mac)
    const plan = lastingPlan(`limit the NIC ${mac} of machine '${name}'`, [...kept, ...steps])
    const result = plan.steps.length === 0 ? 'unchanged' : 'limited'
    return toldInScope(app, name, await carryOut(app, request, plan, result), request)
  })
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

function refuseWithout({ name, nics }: VmSpec, mac: string): void {
  if (nics.some((nic) => nic.mac === mac)) return
  throw new WeftError('not-found', `machine '${name}' has no NIC '${mac}'`, { hint: `weft vm show ${name}` })
}
