/** A machine on a NIC of the host: a guest of the LAN behind it, with an address from there, whom this host does not reach. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { after, before, test } from 'node:test'
import { captureGuest } from '../../src/app/capture.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { defineNetwork, startNetwork } from '../../src/app/networks.ts'
import { showPort } from '../../src/app/port-traffic.ts'
import { setPort } from '../../src/app/set-port.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { ping } from '../support/guest-world.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let server: ChildProcess
let address = ''

const ip = (words: string): string => execFileSync('ip', words.split(' '), { encoding: 'utf8' })

before(async () => {
  ip('netns add lanhost')
  ip('link add nic0 type veth peer name nic0 netns lanhost')
  ip('address add 192.0.2.1/24 dev nic0')
  ip('link set nic0 up')
  ip('-n lanhost address add 192.0.2.2/24 dev nic0')
  ip('-n lanhost link set nic0 up')
  const words = [
    '--keep-in-foreground',
    '--port=0',
    '--dhcp-range=192.0.2.50,192.0.2.60',
    '--no-ping',
    '--conf-file=/dev/null',
  ]
  server = spawn('ip', ['netns', 'exec', 'lanhost', 'dnsmasq', ...words, `--dhcp-leasefile=${root}/leases`], {
    stdio: 'ignore',
  })
  built = await openWeft(root)
  const draft = await readNetworkDefinition('name: lan\nmode: bridge\ndevices: [nic0]\n')
  await defineNetwork(built.app, draft, byTest)
  await startNetwork(built.app, 'lan', byTest)
  await createVm(built.app, { ...guestDraft('web', await guestImage(root)), nets: ['lan'] }, byTest)
})

after(() => {
  server.kill()
  built.close()
})

test('it boots with an address of the LAN', async () => {
  await startVm(built.app, 'web', byTest)
  const said = await waitForConsole(built.app, 'web', /weft-guest ready ip=[\d.]+ interface/)
  address = /ready ip=([\d.]+) /.exec(said)?.[1] ?? ''
  assert.match(address, /^192\.0\.2\.[56]\d$/)
})

test('it and the LAN reach each other; it and this host do not', async () => {
  assert.equal(await askGuest(built.app, 'web', 'ping -c1 -W2 -q 192.0.2.2 >/dev/null'), ' [0]')
  assert.equal(await askGuest(built.app, 'web', 'ping -c1 -W1 -q 192.0.2.1 >/dev/null'), ' [1]')
  assert.equal(await ping('lanhost', address), true)
})

test('it is listed, counted from its side, and its packets can be looked at', async () => {
  const from = (await showPort(built.app, 'lan', 'web')).traffic
  const order = { guest: 'web/nic0', filter: 'icmp', count: 4, format: 'text', by: 'test' } as const
  const capture = await captureGuest(built.app, order)
  assert.equal(capture.interface, 'macvtap0')
  await askGuest(built.app, 'web', 'ping -c2 -W2 -q 192.0.2.2 >/dev/null')
  let text = ''
  for await (const bytes of capture.packets) text += new TextDecoder().decode(bytes)
  assert.equal(text.match(/ICMP echo request/g)?.length, 2)
  const to = (await showPort(built.app, 'lan', 'web')).traffic
  assert.ok(from !== undefined && to !== undefined)
  assert.ok(to.sent.packets >= from.sent.packets + 2 && to.received.packets >= from.received.packets + 2)
})

test('its cable can be pulled and plugged in again', async () => {
  const carrier = (): Promise<string> => askGuest(built.app, 'web', 'cat /sys/class/net/eth0/carrier')
  await setPort(built.app, 'lan', 'web', { link: 'down' }, byTest)
  assert.equal(await carrier(), '0 [0]')
  await setPort(built.app, 'lan', 'web', { link: 'up' }, byTest)
  assert.equal(await carrier(), '1 [0]')
  assert.equal(await askGuest(built.app, 'web', 'ping -c1 -W2 -q 192.0.2.2 >/dev/null'), ' [0]')
})

test('with it goes its place on the NIC, and nothing is left where devices are', async () => {
  await killVm(built.app, 'web', byTest)
  assert.doesNotMatch(ip('-o link'), /macvtap/)
  assert.equal(execFileSync('sh', ['-c', 'ls -d /dev/weft.* 2>/dev/null || true'], { encoding: 'utf8' }), '')
})
