/** Networks that change while a guest is plugged in, as cases of the laws. */
import { executePlan } from '../../src/app/execute-plan.ts'
import type { App } from '../../src/app/ports.ts'
import { networkLiveFile } from '../../src/core/host/paths.ts'
import { planNamespacePlug } from '../../src/core/network/bridge/plan-port.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { portsOf } from '../../src/core/network/port.ts'
import type { SwitchedNetwork } from '../../src/core/network/spec.ts'
import { GOLDEN_CHANGES, guestOn, type GoldenChange } from '../../src/core/network/update/golden-changes.ts'
import { planNetworkUpdate } from '../../src/core/network/update/plan-update.ts'
import type { Plan } from '../../src/core/plan/plan.ts'
import type { LawCase } from './law-cases.ts'
import { run } from './real-app.ts'

export const CHANGE_LAW_CASES: readonly LawCase[] = GOLDEN_CHANGES.filter(({ isLawCase }) => isLawCase).map(
  changeCase,
)

/** A change has no stop of its own: the way back is its undo. */
function changeCase({ name, live, wanted, others }: GoldenChange): LawCase {
  return {
    name: `change: ${name}`,
    async prepare(app) {
      run('ip', 'netns', 'add', 'box')
      for (const [index, network] of [...others, live].entries())
        await startBeside(app, network, others.slice(0, index))
      await plugGuest(app, live)
    },
    async start(app): Promise<Plan> {
      const seen = await app.host.look([live.name])
      const text = seen.files.get(networkLiveFile(app.facts.paths, live.name)) ?? ''
      const now = JSON.parse(text) as SwitchedNetwork
      return planNetworkUpdate({ live: now, wanted }, seen, app.facts, others)
    },
  }
}

async function startBeside(
  app: App,
  network: SwitchedNetwork,
  others: readonly SwitchedNetwork[],
): Promise<void> {
  const seen = await app.host.look([network.name])
  await executePlan(app, planNetworkStart(network, seen, app.facts, others), 'test')
}

async function plugGuest(app: App, live: SwitchedNetwork): Promise<void> {
  const seen = await app.host.look([live.name])
  const ports = portsOf(live.name, seen, app.facts)
  await executePlan(app, planNamespacePlug(guestOn(live), live, ports, seen, app.facts), 'test')
}
