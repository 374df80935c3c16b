/** The beginning and the end of machines as cases of the laws: made with what belongs to them, deleted with it. */
import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { cloneVm } from '../../src/app/clone-vm.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { defineDefaultNetwork } from '../../src/app/complete-network.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { createDisk } from '../../src/app/disks.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import { startNetwork } from '../../src/app/networks.ts'
import type { App } from '../../src/app/ports.ts'
import { chooseTaps, nicSteps } from '../../src/app/vm-nics.ts'
import { poolDirectory } from '../../src/core/host/paths.ts'
import { lastingPlan, startPlan, type Plan } from '../../src/core/plan/plan.ts'
import { planVmStart } from '../../src/core/vm/plan-start.ts'
import type { VmSpec } from '../../src/core/vm/spec.ts'
import type { LawCase } from './law-cases.ts'
import { seenVm } from './vm-law-cases.ts'

const dryRun = { by: 'test', dryRun: true } as const
const name = 'web'

export const MADE_FROM_IMAGE: LawCase = {
  name: 'machine made from an image, deleted with its disk',
  prepare,
  start: planCreate,
  stop: (app) => planDelete(app, false),
}

export const DELETED_RUNNING: LawCase = {
  name: 'machine that runs, deleted with its disk',
  prepare,
  async start(app) {
    const create = await planCreate(app)
    const spec = definitionIn(app, create)
    if (spec === undefined) return create
    const host = await lookAtNetworks(app, ['default'])
    const ends = chooseTaps(app, spec, host)
    const context = { facts: app.facts, acceleration: await app.host.acceleration(), ...ends }
    const begin = planVmStart(spec, seenVm(app, spec), context, nicSteps(app, spec, ends, host))
    return lastingPlan('create and start', [...create.steps, ...begin.steps])
  },
  stop: (app) => planDelete(app, true),
}

export const CLONED: LawCase = {
  name: 'machine cloned with its disk',
  async prepare(app) {
    await app.host.acceleration()
    await createDisk(app, { name: 'source', size: 2 ** 20 }, { by: 'test', dryRun: false })
    const draft = { name: 'source', memoryMiB: 32, disks: ['source'] }
    await createVm(app, draft, { by: 'test', dryRun: false })
  },
  async start(app) {
    for (const each of ['source', name]) await app.vms.refresh(each)
    if (app.vms.find(name) !== undefined) return startPlan('it is there', [])
    return (await cloneVm(app, 'source', { name }, dryRun)).plan
  },
  stop: (app) => planDelete(app, false),
}

export const LIFE_LAW_CASES: readonly LawCase[] = [MADE_FROM_IMAGE, DELETED_RUNNING, CLONED]

const imageOf = (app: App): string => `${app.facts.paths.lib}/base.raw`

async function prepare(app: App): Promise<void> {
  // The answer is kept in the run directory.
  await app.host.acceleration()
  execFileSync('truncate', ['-s', '1M', imageOf(app)])
  // As the first disk would find it.
  chmodSync(poolDirectory(app.facts.paths), 0o711)
  await defineDefaultNetwork(app)
  await startNetwork(app, 'default', { by: 'test', dryRun: false })
}

async function planCreate(app: App): Promise<Plan> {
  await app.vms.refresh(name)
  if (app.vms.find(name) !== undefined) return startPlan('it is there', [])
  const nets = ['default,mac=52:54:00:00:00:01']
  const draft = { name, memoryMiB: 32, image: imageOf(app), imageDiskSize: 2 ** 20, nets }
  return (await createVm(app, draft, dryRun)).plan
}

async function planDelete(app: App, force: boolean): Promise<Plan> {
  await app.vms.refresh(name)
  const spec = app.vms.find(name)
  if (spec === undefined) return startPlan('it is gone', [])
  // The weftd that is to be killed has not taken over the machine.
  const { isRunning } = seenVm(app, spec)
  const machines = { ...app.machines, isRunning: () => isRunning }
  return (await deleteVm({ ...app, machines }, name, { ...dryRun, disks: true, force })).plan
}

function definitionIn(app: App, { steps }: Plan): VmSpec | undefined {
  const written = steps.map(({ do: action }) => action)
  const definition = written.find((action) => action.kind === 'write' && action.path === app.vms.file(name))
  return definition?.kind === 'write' ? (JSON.parse(definition.content) as VmSpec) : undefined
}
