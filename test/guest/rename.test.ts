/** A machine gets another name: all that goes by its name follows, wholly or not at all, and back. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { addNetworkRule, removeNetworkRule } from '../../src/app/firewall.ts'
import { undoLast } from '../../src/app/history.ts'
import type { App } from '../../src/app/ports.ts'
import { renameVm } from '../../src/app/rename-vm.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { keptAddressesFile, nvramFile } from '../../src/core/host/paths.ts'
import { WeftError } from '../../src/core/errors.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { byTest, newRoot, openWeftWithNetwork } from './weft-world.ts'

let built: BuiltApp
let app: App

before(async () => {
  built = await openWeftWithNetwork(newRoot())
  app = built.app
  await createVm(app, { name: 'web', memoryMiB: 32, nets: ['default'] }, byTest)
  const nvram = nvramFile(app.facts.paths, 'web')
  mkdirSync(dirname(nvram), { recursive: true })
  writeFileSync(nvram, 'what it remembers')
})

after(() => {
  built.close()
})

/** Who is kept an address, and whose definition and firmware's memory are there. */
const traces = (name: string): readonly (boolean | string)[] => [
  (
    JSON.parse(readFileSync(keptAddressesFile(app.facts.paths, 'default'), 'utf8')) as {
      machine: string
      ip: string
    }[]
  )
    .filter(({ machine }) => machine === name)
    .map(({ ip }) => ip)
    .join(),
  existsSync(app.vms.file(name)),
  existsSync(nvramFile(app.facts.paths, name)),
]

test('refused while it runs, while rules name it, and for a name that is taken or is none', async () => {
  await startVm(app, 'web', byTest)
  await assert.rejects(renameVm(app, 'web', 'shop', byTest), { code: 'wrong-state' })
  await killVm(app, 'web', byTest)
  await assert.rejects(renameVm(app, 'web', 'web', byTest), { code: 'already-exists' })
  await assert.rejects(renameVm(app, 'web', 'no/name', byTest), WeftError)
  await addNetworkRule(app, 'default', { rule: 'allow in tcp 80', guest: 'web' }, byTest)
  await assert.rejects(renameVm(app, 'web', 'shop', byTest), { code: 'in-use' })
  await removeNetworkRule(app, 'default', { which: '1', guest: 'web' }, byTest)
})

test('whichever step fails, it is called as before', async () => {
  const was = [traces('web'), traces('shop')]
  const { steps } = (await renameVm(app, 'web', 'shop', { by: 'test', dryRun: true })).plan
  for (const [index, { reason }] of steps.entries()) {
    let performed = 0
    const perform: App['host']['perform'] = async (action) => {
      if (performed++ === index) throw new WeftError('command-failed', 'told to fail')
      await app.host.perform(action)
    }
    const failing = { ...app, host: { ...app.host, perform } }
    await assert.rejects(renameVm(failing, 'web', 'shop', byTest), { code: 'command-failed' })
    assert.deepEqual([traces('web'), traces('shop')], was, reason)
  }
})

test('definition, address and firmware follow; it runs under its new name, and an undo brings the old one back', async () => {
  const [ip = ''] = traces('web')
  assert.notEqual(ip, '')
  const { uuid } = app.vms.find('web') ?? {}
  await renameVm(app, 'web', 'shop', byTest)
  assert.deepEqual(traces('shop'), [ip, true, true])
  assert.deepEqual(traces('web'), ['', false, false])
  assert.equal(app.vms.find('shop')?.uuid, uuid)
  assert.equal(app.vms.find('web'), undefined)
  await undoLast(app, byTest)
  assert.deepEqual(traces('web'), [ip, true, true])
  await renameVm(app, 'web', 'shop', byTest)
  await startVm(app, 'shop', byTest)
  assert.equal(app.machines.isRunning('shop'), true)
  await killVm(app, 'shop', byTest)
})
