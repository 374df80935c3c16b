/** Machines as cases of the laws: a real QEMU, plugged into the default network, started and killed by plans. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { defineDefaultNetwork } from '../../src/app/complete-network.ts'
import { lookAtNetworks } from '../../src/app/live-network.ts'
import { executePlan } from '../../src/app/execute-plan.ts'
import { startNetwork } from '../../src/app/networks.ts'
import type { App } from '../../src/app/ports.ts'
import { chooseTaps, nicSteps, unplugNicSteps } from '../../src/app/vm-nics.ts'
import { planTpm } from '../../src/app/vm-tpm.ts'
import { tpmDirectory } from '../../src/core/host/paths.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import { MACVTAP_POOL } from '../../src/core/network/golden-networks.ts'
import { planNetworkStart } from '../../src/core/network/plan-start.ts'
import { vmFiles } from '../../src/core/vm/context.ts'
import { VM_GOLDEN_CASES } from '../../src/core/vm/golden-cases.ts'
import { planVmStart } from '../../src/core/vm/plan-start.ts'
import { planVmStop } from '../../src/core/vm/plan-stop.ts'
import { vmGroup } from '../../src/core/vm/qemu-process.ts'
import type { SeenVm } from '../../src/core/vm/seen.ts'
import type { NicDevice, VmSpec } from '../../src/core/vm/spec.ts'
import type { LawCase } from './law-cases.ts'
import { run } from './real-app.ts'

const nic = (last: number): NicDevice => ({
  network: 'default',
  mac: `52:54:00:00:00:0${String(last)}` as MacAddress,
  model: 'virtio',
})

const smallest = VM_GOLDEN_CASES.find(({ name }) => name === 'smallest')?.wanted
if (smallest === undefined) throw new Error("there is no golden case 'smallest'")

const sitting: NicDevice = { ...nic(1), network: 'lan' }

export const VM_LAW_CASES: readonly LawCase[] = [
  vmCase('machine without a NIC', smallest),
  vmCase('machine with two NICs on one network', { ...smallest, nics: [nic(1), nic(2)] }),
  vmCase('machine that is told things by cloud-init', {
    ...smallest,
    cloudInit: { user: 'debian', sshKeys: [] },
  }),
  tpmCase(),
  vmCase('machine on a NIC of the host', { ...smallest, nics: [sitting] }, prepareNic),
]

/** A pool of one NIC, which leads nowhere. */
async function prepareNic(app: App): Promise<void> {
  run('ip', 'link', 'add', 'name', 'nic0', 'type', 'veth', 'peer', 'name', 'nic1')
  await executePlan(app, planNetworkStart(MACVTAP_POOL, await app.host.look(['lan']), app.facts, []), 'test')
}

async function prepareDefault(app: App): Promise<void> {
  await defineDefaultNetwork(app)
  await startNetwork(app, 'default', { by: 'test', dryRun: false })
}

function vmCase(name: string, spec: VmSpec, prepare = prepareDefault): LawCase {
  const networks = [...new Set(spec.nics.map(({ network }) => network))]
  return {
    name,
    async prepare(app) {
      // The answer is kept in the run directory.
      await app.host.acceleration()
      if (networks.length > 0) await prepare(app)
    },
    async start(app) {
      const host = await lookAtNetworks(app, networks)
      const ends = chooseTaps(app, spec, host)
      const acceleration = await app.host.acceleration()
      const context = { facts: app.facts, acceleration, ...ends }
      return planVmStart(spec, seenVm(app, spec), context, nicSteps(app, spec, ends, host))
    },
    async stop(app) {
      const unplug = unplugNicSteps(app, spec.name, spec, await lookAtNetworks(app, networks))
      return planVmStop(spec.name, seenVm(app, spec), app.facts, unplug)
    },
  }
}

/** Its TPM keeps what it has until the machine is deleted: there is no stop that leaves the host as before. */
function tpmCase(): LawCase {
  const spec: VmSpec = { ...smallest!, name: 'safe', tpm: true }
  return {
    name: 'machine with a TPM',
    async prepare(app) {
      await app.host.acceleration()
      mkdirSync(dirname(tpmDirectory(app.facts.paths, spec.name)), { mode: 0o755 })
    },
    async start(app) {
      const context = {
        facts: app.facts,
        acceleration: await app.host.acceleration(),
        taps: [],
        macvtaps: [],
      }
      const nics = { before: await planTpm(app, spec), serve: [], plug: [] }
      return planVmStart(spec, seenVm(app, spec), context, nics)
    },
  }
}

/** By the process table: a weftd that holds the monitor would keep the next one, which is to be killed, from doing so. */
export function seenVm(app: App, spec: VmSpec): SeenVm {
  const files = vmFiles(app.facts.paths, spec.name)
  const pid = existsSync(files.pid) ? readFileSync(files.pid, 'utf8').trim() : 'none'
  const commandLine = `/proc/${pid}/cmdline`
  const isRunning = existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(files.monitor)
  const hasRunDirectory = existsSync(files.directory)
  const group = hasRunDirectory ? vmGroup(app.facts, spec.name) : undefined
  return { isRunning, hasRunDirectory, ...(group === undefined ? {} : { group }) }
}
