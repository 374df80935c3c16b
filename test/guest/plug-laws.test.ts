/** Whenever weftd dies over a NIC, a CD, memory or processors of a machine that runs, or over its policy: all is as before, or all is as wanted. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Changed, ChangeRequest } from '../../src/app/change.ts'
import { changeCd } from '../../src/app/change-cd.ts'
import { attachNic, detachNic, moveNic } from '../../src/app/change-nics.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { defineNetwork, startNetwork } from '../../src/app/networks.ts'
import type { App } from '../../src/app/ports.ts'
import { setHardware } from '../../src/app/set-hardware.ts'
import { autostartVm, setVmPolicy } from '../../src/app/set-vm-policy.ts'
import { readLive } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { LiveVm } from '../../src/core/vm/context.ts'
import { MEMORY_DEVICE } from '../../src/core/vm/qemu-size.ts'
import type { VmSpec } from '../../src/core/vm/spec.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { dieAt } from '../support/mortal-weft.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  newRoot,
  openWeftWithNetwork,
  waitForConsole,
} from './weft-world.ts'

const LAB =
  'name: lab\nmode: isolated\nbridge: virbr9\naddress: 10.99.0.1/24\ndhcp: {range: 10.99.0.10-10.99.0.99}\n'
const SECOND = '52:54:00:00:00:22'
const root = newRoot()
let built: BuiltApp

before(async () => {
  built = await openWeftWithNetwork(root)
  const { app } = built
  await defineNetwork(app, await readNetworkDefinition(LAB), byTest)
  await startNetwork(app, 'lab', byTest)
  const room = { cpus: 1, maxCpus: 4, memoryMiB: 192, maxMemoryMiB: 512 }
  await createVm(
    app,
    { ...guestDraft('web', await guestImage(root)), ...room, cdroms: [disc('one')] },
    byTest,
  )
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready/)
})

after(async () => {
  await killVm(built.app, 'web', byTest)
  built.close()
})

/** A file with a name on it: nobody reads it. */
function disc(name: string): string {
  const path = join(root, `${name}.iso`)
  writeFileSync(path, name.repeat(2048))
  return path
}

async function untilGuest(condition: string): Promise<void> {
  const wait = `n=0; until ${condition}; do n=$((n+1)); [ $n -lt 600 ] || break; sleep 0.2; done; ${condition}`
  assert.match(await askGuest(built.app, 'web', wait), /\[0\]$/, condition)
}

interface QemuBlock {
  readonly qdev?: string
  readonly inserted?: { readonly file: string }
}
interface CpuPlace {
  readonly 'qom-path'?: string
}

/** The definition, what weft has noted, what this host has, and what QEMU itself says. Carriers are not part of it. */
async function state(): Promise<Readonly<Record<string, unknown>>> {
  const { app } = built
  const ask = (command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> =>
    app.machines.ask('web', command, args)
  const links = JSON.parse(execFileSync('ip', ['-j', 'link'], { encoding: 'utf8' })) as Record<
    string,
    unknown
  >[]
  const devices = (await ask('qom-list', { path: '/machine/peripheral' })) as { readonly name: string }[]
  const drives = ((await ask('query-block')) as readonly QemuBlock[]).filter(({ qdev }) =>
    qdev?.includes('cd'),
  )
  const places = (await ask('query-hotpluggable-cpus')) as readonly CpuPlace[]
  const memory = { path: `/machine/peripheral/${MEMORY_DEVICE}`, property: 'requested-size' }
  return {
    defined: app.vms.find('web'),
    noted: await readLive(app, 'web'),
    links: links
      .map(({ ifname, master, ifalias, address }) => [ifname, master, ifalias, address].join(' '))
      .sort(),
    devices: devices.map(({ name }) => name).sort(),
    discs: drives.map(({ inserted }) => inserted?.file ?? 'none'),
    cpus: places.filter((place) => place['qom-path'] !== undefined).length,
    memory: await ask('qom-get', memory),
  }
}

interface Change {
  readonly what: string
  readonly work: (app: App, request: ChangeRequest) => Promise<Changed<string>>
  /** What the guest has to have seen of the way back before it can be asked again. */
  readonly settled?: string
}

const hasSecond = 'test -e /sys/class/net/eth1'
const CHANGES: readonly Change[] = [
  {
    what: 'a NIC comes',
    work: (app, request) => attachNic(app, 'web', `lab,mac=${SECOND}`, request),
    settled: `! ${hasSecond}`,
  },
  {
    what: 'a NIC moves to another network',
    work: (app, request) => moveNic(app, 'web', SECOND, { ...request, network: 'default' }),
    settled: hasSecond,
  },
  {
    what: 'a NIC goes',
    work: (app, request) => detachNic(app, 'web', SECOND, request),
    settled: hasSecond,
  },
  {
    what: 'a CD is changed',
    work: (app, request) => changeCd(app, 'web', { drive: 0, path: disc('two') }, request),
  },
  {
    what: 'a CD is taken out',
    work: (app, request) => changeCd(app, 'web', { drive: 0, path: undefined }, request),
  },
  { what: 'memory comes', work: (app, request) => setHardware(app, 'web', { memoryMiB: 256 }, request) },
  { what: 'a policy', work: (app, request) => setVmPolicy(app, 'web', { onCrash: 'restart' }, request) },
  {
    what: 'a mark for the start of the host',
    work: (app, request) => autostartVm(app, 'web', { order: 1 }, request),
  },
]

for (const { what, work, settled } of CHANGES)
  test(`${what}: whenever weftd dies over it, all is as before`, async () => {
    if (settled !== undefined) await untilGuest(settled)
    const was = await state()
    const { steps } = (await work(built.app, { by: 'test', dryRun: true })).plan
    assert.notEqual(steps.length, 0)
    for (const [n, { reason }] of steps.entries())
      for (const when of ['before', 'after'] as const) {
        const death = await dieAt(built, [n, when], (app) => work(app, byTest))
        built = death.built
        assert.ok(death.isDead, reason)
        if (settled !== undefined) await untilGuest(settled)
        assert.deepEqual(await state(), was, `${when} '${reason}': ${death.said.join('; ')}`)
      }
    await work(built.app, byTest)
    assert.notDeepEqual(await state(), was)
  })

/** None is taken out again: what has come stays, weft knows of it, and asking once more ends as it was meant. */
test('processors come: whenever weftd dies over it, machine, note and definition agree when it is asked again', async () => {
  const work = (app: App, cpus: number): Promise<unknown> => setHardware(app, 'web', { cpus }, byTest)
  let cpus = 2
  for (const n of [0, 1, 2])
    for (const when of ['before', 'after'] as const) {
      const death = await dieAt(built, [n, when], (app) => work(app, cpus))
      built = death.built
      assert.ok(death.isDead)
      const { defined, noted } = (await state()) as { defined: VmSpec; noted: LiveVm }
      assert.equal(defined.cpus, noted.spec.cpus, `${when} step ${String(n)}`)
    }
  for (; cpus <= 3; cpus += 1) {
    await work(built.app, cpus)
    const now = (await state()) as { defined: VmSpec; noted: LiveVm; cpus: number }
    assert.deepEqual([now.defined.cpus, now.noted.spec.cpus, now.cpus], [cpus, cpus, cpus])
  }
})
