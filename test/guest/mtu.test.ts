/** A machine behind a way out that carries 1400 bytes: its NIC says so before anybody has spoken to it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { startNetwork } from '../../src/app/networks.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { vmCommandLine } from '../../src/app/vm-state.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  makeOutside,
  newRoot,
  openWeft,
  OUTSIDE,
  waitForConsole,
} from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  makeOutside()
  execFileSync('ip', ['link', 'set', 'uplink', 'mtu', '1400'])
  execFileSync('ip', ['route', 'add', 'default', 'via', OUTSIDE])
  built = await openWeft(root)
  app = built.app
  await startNetwork(app, 'default', byTest)
  await createVm(app, guestDraft('web', await guestImage(root)), byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest ready ip=[\d.]+/)
})

after(async () => {
  await killVm(app, 'web', byTest)
  built.close()
})

test('the guest has the MTU of the way out, and its NIC takes no more', async () => {
  assert.ok((await vmCommandLine(app, 'web')).some((word) => word.includes('host_mtu=1400')))
  assert.equal(await askGuest(app, 'web', 'cat /sys/class/net/eth0/mtu'), '1400 [0]')
  assert.match(await askGuest(app, 'web', 'ip link set eth0 mtu 1500 2>/dev/null'), /\[[^0]\]$/)
})

test('it reaches the outside', async () => {
  assert.equal(await askGuest(app, 'web', `wget -qO- http://${OUTSIDE}/`), 'hello from outside [0]')
})
