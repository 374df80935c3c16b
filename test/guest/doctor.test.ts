/** What can be wrong with a machine alone: it stands still, its TAP is elsewhere or gone, its network is off. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { findFaults } from '../../src/app/doctor.ts'
import { repairNetwork } from '../../src/app/repair-network.ts'
import { pauseVm, resumeVm } from '../../src/app/pause-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { setPort } from '../../src/app/set-port.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { Fault } from '../../src/core/doctor/check.ts'
import type { WeftError } from '../../src/core/errors.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { faultsOf } from '../support/doctor-world.ts'
import { until } from '../support/real-app.ts'
import {
  byTest,
  guestDraft,
  guestImage,
  makeOutside,
  newRoot,
  openWeftWithNetwork,
  waitForConsole,
} from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  makeOutside()
  execFileSync('ip', ['route', 'add', 'default', 'via', '198.51.100.80'])
  built = await openWeftWithNetwork(root)
  app = built.app
  await createVm(app, guestDraft('web', await guestImage(root)), byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready ip=[\d.]+/)
})

after(async () => {
  await killVm(app, 'web', byTest)
  built.close()
})

const ask = async (guest = 'web'): Promise<Fault | undefined> =>
  // This world has no name server.
  faultsOf(await findFaults(app, guest)).find(({ kind }) => kind !== 'no-name-server')

/** A guest without KVM may be later with its answer than the doctor waits. */
const isWell = (): Promise<void> => until('it is well', async () => (await ask()) === undefined)

test('a machine that has its lease is well, by its name and by its NIC', async () => {
  await isWell()
  for (const guest of ['web:nic0', 'web:0', 'web:default', 'web/nic0', 'vnet0'])
    await until(`${guest} is well`, async () => (await ask(guest)) === undefined)
  await assert.rejects(
    ask('web:nic7'),
    (error: WeftError) => error.code === 'wrong-state' || error.code === 'not-found',
  )
})

test('one that is paused is resumed', async () => {
  await pauseVm(app, 'web', byTest)
  const found = await ask()
  assert.equal(found?.kind, 'machine-paused')
  assert.equal(found.mend, 'weft vm resume web')
  await resumeVm(app, 'web', byTest)
  await isWell()
})

test('a pulled cable names who pulled it', async () => {
  await setPort(app, 'default', 'web', { link: 'down' }, { by: 'eve', dryRun: false })
  const found = await ask()
  assert.equal(found?.kind, 'cable-pulled')
  assert.match(found.by ?? '', /^eve, /)
  await setPort(app, 'default', 'web', { link: 'up' }, byTest)
  await isWell()
})

test('a TAP in another bridge is put back', async () => {
  execFileSync('ip', ['link', 'add', 'br-other', 'type', 'bridge'])
  execFileSync('ip', ['link', 'set', 'vnet0', 'master', 'br-other'])
  const found = await ask()
  assert.equal(found?.kind, 'plugged-elsewhere')
  assert.equal(found.culprit, 'bridge br-other')
  await repairNetwork(app, 'default', byTest)
  await isWell()
})

test('a TAP that is deleted is made anew with its machine', async () => {
  execFileSync('ip', ['link', 'delete', 'vnet0'])
  const found = await ask()
  assert.equal(found?.kind, 'cable-gone')
  assert.equal(found.mend, 'weft vm kill web && weft vm start web')
  await killVm(app, 'web', byTest)
  await assert.rejects(
    ask(),
    (error: WeftError) => error.code === 'wrong-state' && error.hint === 'weft vm start web',
  )
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready ip=[\d.]+/)
  await isWell()
})
