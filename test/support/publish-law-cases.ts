/** Published ports as cases of the laws: they come, lead elsewhere, and go. */
import { createVm } from '../../src/app/create-vm.ts'
import { executePlan } from '../../src/app/execute-plan.ts'
import type { App } from '../../src/app/ports.ts'
import { listPublished, publish, unpublish } from '../../src/app/publish.ts'
import { setVm } from '../../src/app/set-vm.ts'
import { DEFAULT } from '../../src/core/network/golden-networks.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { lastingPlan, type Plan } from '../../src/core/plan/plan.ts'
import type { LawCase } from './law-cases.ts'

const BY = { by: 'test', dryRun: false } as const
const PLAN = { by: 'test', dryRun: true } as const
const PORTS = ['8080:80', '5000-5001:53-54/udp,from=10.0.0.0/8', '127.0.0.1:8443:443']

export const PUBLISH_LAW_CASES: readonly LawCase[] = [
  {
    name: 'published ports',
    prepare: (app) => prepare(app, false),
    start: (app) => planned(app, () => publish(app, 'web', { ports: PORTS }, PLAN)),
  },
  {
    name: 'published ports that lead to another address',
    prepare: (app) => prepare(app, true),
    start: (app) => planned(app, () => setVm(app, 'web', { ips: ['192.168.122.60'] }, PLAN)),
  },
  {
    name: 'published ports that are no more',
    prepare: (app) => prepare(app, true),
    start: async (app) => {
      await app.vms.refresh('web')
      if ((await listPublished(app)).length === 0) return lastingPlan('', [])
      return planned(app, () => unpublish(app, 'web', [], PLAN))
    },
  },
]

async function prepare(app: App, isPublished: boolean): Promise<void> {
  const seen = await app.host.look([DEFAULT.name])
  await executePlan(app, planNetworkStart(DEFAULT, seen, app.facts, []), 'test')
  const nets = ['default,mac=52:54:00:00:00:01,ip=192.168.122.50']
  await createVm(app, { name: 'web', nets, ...(isPublished ? { publish: PORTS } : {}) }, BY)
}

/** Others may have changed the definition: weftd would have noticed. */
async function planned(app: App, change: () => Promise<{ readonly plan: Plan }>): Promise<Plan> {
  await app.vms.refresh('web')
  return (await change()).plan
}
