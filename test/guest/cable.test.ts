/** The cable of a machine that runs: pulled out the guest sees it, plugged in again nothing of its is lost; packets looked at. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { captureGuest } from '../../src/app/capture.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { showPort } from '../../src/app/port-traffic.ts'
import type { App } from '../../src/app/ports.ts'
import { setPort } from '../../src/app/set-port.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { until } from '../support/real-app.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  newRoot,
  openWeftWithNetwork,
  waitForConsole,
} from './weft-world.ts'

const root = newRoot()
const GATEWAY = '192.168.122.1'
let built: BuiltApp
let app: App

before(async () => {
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

/** The guest's kernel needs a moment for what QEMU has told it. */
const carries = (wanted: '0' | '1'): Promise<void> =>
  until(
    `its carrier is ${wanted}`,
    async () => (await askGuest(app, 'web', 'cat /sys/class/net/eth0/carrier')) === `${wanted} [0]`,
  )
const ping = (count: number, patienceSeconds: number): Promise<string> =>
  askGuest(app, 'web', `ping -c${String(count)} -W${String(patienceSeconds)} -q ${GATEWAY} >/dev/null`)

test('a pulled cable is seen by the guest, which reaches nobody', async () => {
  await carries('1')
  assert.equal(await ping(1, 20), ' [0]')
  assert.equal((await setPort(app, 'default', 'web', { link: 'down' }, byTest)).result, 'set')
  await carries('0')
  assert.equal(await ping(1, 1), ' [1]')
  assert.equal((await showPort(app, 'default', 'web')).link.isUp, false)
})

test('plugged in again it has its address and reaches others with the first packet', async () => {
  const before = await askGuest(app, 'web', 'ip -4 -o addr show eth0')
  await setPort(app, 'default', 'web', { link: 'up' }, byTest)
  assert.equal((await showPort(app, 'default', 'web')).link.portState, 'forwarding')
  await carries('1')
  assert.equal(await ping(1, 20), ' [0]')
  assert.equal(await askGuest(app, 'web', 'ip -4 -o addr show eth0'), before)
})

test("a machine's packets are captured by its name, and counted from its side", async () => {
  const before = (await showPort(app, 'default', 'web')).traffic
  const order = { guest: 'web/nic0', filter: 'icmp', count: 4, format: 'text', by: 'test' } as const
  const capture = await captureGuest(app, order)
  assert.equal(capture.interface, 'vnet0')
  await ping(2, 20)
  let text = ''
  for await (const bytes of capture.packets) text += new TextDecoder().decode(bytes)
  assert.equal(text.match(/ICMP echo request/g)?.length, 2)
  assert.deepEqual(await capture.ended, { because: 'ended', captured: 4, dropped: 0 })
  const after = (await showPort(app, 'default', 'web')).traffic
  assert.ok((after?.sent.packets ?? 0) >= (before?.sent.packets ?? 0) + 2)
  assert.ok((after?.received.packets ?? 0) >= (before?.received.packets ?? 0) + 2)
})
