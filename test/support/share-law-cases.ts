/** Shares as cases of the laws: one comes to a guest that runs, another goes from it. */
import { mkdirSync } from 'node:fs'
import { createVm } from '../../src/app/create-vm.ts'
import { attachShare, detachShare } from '../../src/app/plug-share.ts'
import type { App } from '../../src/app/ports.ts'
import { startVm } from '../../src/app/vms.ts'
import { startPlan, type Plan } from '../../src/core/plan/plan.ts'
import { byTest, guestDraft, guestImage, waitForConsole } from '../guest/weft-world.ts'
import type { LawCase } from './law-cases.ts'

const dryRun = { by: 'test', dryRun: true } as const
const rootOf = (app: App): string => app.facts.paths.etc.slice(0, -'/etc/weft'.length)
const shared = (app: App): string => `${rootOf(app)}/shared`

export const SHARE_LAW_CASES: readonly LawCase[] = [
  {
    name: 'share that comes to a guest that runs',
    prepare: (app) => prepareGuest(app, []),
    async start(app): Promise<Plan> {
      const running = await asRunning(app)
      if (running.vms.find('web')?.shares?.length === 1) return startPlan('it is there', [])
      return (await attachShare(running, 'web', `${shared(app)}:data`, dryRun)).plan
    },
  },
  {
    name: 'share that goes from a guest that runs',
    prepare: (app) => prepareGuest(app, [`${shared(app)}:data`]),
    async start(app): Promise<Plan> {
      const running = await asRunning(app)
      if (running.vms.find('web')?.shares === undefined) return startPlan('there is none', [])
      return (await detachShare(running, 'web', 'data', dryRun)).plan
    },
  },
]

async function prepareGuest(app: App, shares: readonly string[]): Promise<void> {
  // The answer is kept in the run directory.
  await app.host.acceleration()
  mkdirSync(shared(app))
  const draft = { ...guestDraft('web', await guestImage(rootOf(app))), nets: [], shares, sharedMemory: true }
  await createVm(app, draft, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
}

/** The weftd that is to be killed has not taken over the machine; it goes by the notes, which every plan changes. */
async function asRunning(app: App): Promise<App> {
  await app.vms.refresh('web')
  return { ...app, machines: { ...app.machines, isRunning: () => true } }
}
