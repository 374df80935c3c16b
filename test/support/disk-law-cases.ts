/** Disks as cases of the laws: one comes to a guest that runs, another goes from it. */
import { createVm } from '../../src/app/create-vm.ts'
import { createDisk } from '../../src/app/disks.ts'
import { attachDisk, detachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { startVm } from '../../src/app/vms.ts'
import { startPlan, type Plan } from '../../src/core/plan/plan.ts'
import { byTest, guestDraft, guestImage, waitForConsole } from '../guest/weft-world.ts'
import type { LawCase } from './law-cases.ts'

const dryRun = { by: 'test', dryRun: true } as const

export const DISK_LAW_CASES: readonly LawCase[] = [
  {
    name: 'disk that comes to a guest that runs',
    prepare: (app) => prepareGuest(app, []),
    start: async (app) => (await attachDisk(await asRunning(app), 'web', 'data', dryRun)).plan,
  },
  {
    name: 'disk that goes from a guest that runs',
    prepare: (app) => prepareGuest(app, ['data']),
    async start(app): Promise<Plan> {
      const running = await asRunning(app)
      if (running.vms.find('web')?.disks.length === 0) return startPlan('there is none', [])
      return (await detachDisk(running, 'web', 'data', dryRun)).plan
    },
  },
]

async function prepareGuest(app: App, disks: readonly string[]): Promise<void> {
  // The answer is kept in the run directory.
  await app.host.acceleration()
  await createDisk(app, { name: 'data', size: 2 ** 20 }, byTest)
  const image = await guestImage(app.facts.paths.etc.slice(0, -'/etc/weft'.length))
  await createVm(app, { ...guestDraft('web', image), nets: [], disks }, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
}

/** The weftd that is to be killed has not taken over the machine; it goes by the notes, which every plan changes. */
async function asRunning(app: App): Promise<App> {
  await app.vms.refresh('web')
  return { ...app, machines: { ...app.machines, isRunning: () => true } }
}
