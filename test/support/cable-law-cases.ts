/** Cables pulled out, put in and slowed down as cases of the laws: a namespace's, and a machine's with a real QEMU. */
import { executePlan } from '../../src/app/execute-plan.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import type { App } from '../../src/app/ports.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import { UNIMPAIRED } from '../../src/core/network/bridge/impairment.ts'
import { planPortChange, type Cable, type PortChange } from '../../src/core/network/bridge/plan-cable.ts'
import { vmFiles } from '../../src/core/vm/context.ts'
import type { Plan } from '../../src/core/plan/plan.ts'
import type { LawCase } from './law-cases.ts'

/** What a case stands on: something plugged into the network `default` at the interface. */
export interface Plugged {
  readonly name: string
  readonly base: LawCase
  readonly cable: (app: App) => Cable
}

export const vethCable = (): Cable => ({ interface: 'vnet0' as InterfaceName, guest: 'box' })
export const machineCable =
  (name: string) =>
  (app: App): Cable => ({
    interface: 'vnet0' as InterfaceName,
    guest: name,
    qemu: { socket: vmFiles(app.facts.paths, name).qmp, netdev: 'nic0' },
  })

/** A repair has no stop of its own: the way back is its undo, and the laws hold for it as for every start. */
export function cableCases(plugged: Plugged): LawCase[] {
  const slow = { ...UNIMPAIRED, rateBits: 10_000_000 }
  return [
    cableCase(plugged, 'cable pulled out', { link: 'down' }),
    cableCase(plugged, 'cable plugged in again', { link: 'up' }, { link: 'down' }),
    cableCase(plugged, 'held to a rate', { impairments: { 'to-guest': slow } }),
    cableCase(
      plugged,
      'held to another rate',
      { impairments: { 'to-guest': { ...slow, rateBits: 2_000_000 } } },
      { impairments: { 'to-guest': slow } },
    ),
    cableCase(plugged, 'held to a rate the other way', { impairments: { 'from-guest': slow } }),
    cableCase(
      plugged,
      'good again the other way',
      { impairments: { 'from-guest': UNIMPAIRED } },
      { impairments: { 'from-guest': slow } },
    ),
    cableCase(
      plugged,
      'good again',
      { impairments: { 'to-guest': UNIMPAIRED } },
      { impairments: { 'to-guest': slow } },
    ),
  ]
}

function cableCase(plugged: Plugged, what: string, wanted: PortChange, before?: PortChange): LawCase {
  const plan = async (app: App, change: PortChange): Promise<Plan> => {
    const seen = await lookAtNetworks(app, ['default'])
    const queues = await app.host.queues()
    const live = app.networks.find('default')?.spec ?? app.liveNetworks.get('default')?.spec
    if (live === undefined) throw new Error('the network default does not run')
    return planPortChange(plugged.cable(app), change, live, { ...seen, queues })
  }
  return {
    name: `${plugged.name}: ${what}`,
    async prepare(app) {
      await plugged.base.prepare(app)
      await executePlan(app, await plugged.base.start(app), 'test')
      if (before !== undefined) await executePlan(app, await plan(app, before), 'test')
    },
    start: (app) => plan(app, wanted),
  }
}
