/** A bridge over the host's NIC, and its way back, as cases of the laws. */
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import { planBridgeAdd } from '../../src/core/host/uplink/plan-bridge.ts'
import type { App } from '../../src/app/ports.ts'
import type { Plan } from '../../src/core/plan/plan.ts'
import type { LawCase } from './law-cases.ts'
import { run, until } from './real-app.ts'
import { makeUplinkWorld, NIC } from './uplink-world.ts'

const bridge = 'br0' as InterfaceName

/** Nobody confirms: a weftd that is killed has all taken back by the next one, whichever step it was at. */
export const UPLINK_LAW_CASES: readonly LawCase[] = [
  {
    name: 'bridge over the NIC of the host',
    async prepare() {
      makeUplinkWorld({ isLeased: false })
      await until('the NIC has its link-local address', () =>
        run('ip', 'addr', 'show', 'dev', NIC, 'scope', 'link', '-tentative').includes('fe80'),
      )
    },
    async start(app: App): Promise<Plan> {
      const seen = await app.host.uplink(NIC as InterfaceName)
      if (seen === undefined) throw new Error('the NIC has gone')
      return planBridgeAdd({ bridge, confirmWithin: 600 }, seen, app.facts.paths)
    },
  },
]
