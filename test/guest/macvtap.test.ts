/** A machine on a NIC of the host: a guest of the LAN behind it, with an address from there, whom this host does not reach. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { captureGuest } from '../../src/app/capture.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { defineNetwork, startNetwork } from '../../src/app/networks.ts'
import { showPort } from '../../src/app/port-traffic.ts'
import { setPort } from '../../src/app/set-port.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import { detachedArgv, vmGroup } from '../../src/core/vm/qemu-process.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { ping } from '../support/guest-world.ts'
import { until } from '../support/real-app.ts'
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
  assert.equal(await askGuest(built.app, 'web', 'ping -c1 -W20 -q 192.0.2.2 >/dev/null'), ' [0]')
  assert.equal(await askGuest(built.app, 'web', 'ping -c1 -W1 -q 192.0.2.1 >/dev/null'), ' [1]')
  assert.equal(await ping('lanhost', address), true)
})

test('it is listed, counted from its side, and its packets can be looked at', async () => {
  const from = (await showPort(built.app, 'lan', 'web')).traffic
  const order = { guest: 'web/nic0', filter: 'icmp', count: 4, format: 'text', by: 'test' } as const
  const capture = await captureGuest(built.app, order)
  assert.equal(capture.interface, 'macvtap0')
  assert.equal(await askGuest(built.app, 'web', 'ping -c2 -W20 -q 192.0.2.2 >/dev/null'), ' [0]')
  let text = ''
  for await (const bytes of capture.packets) text += new TextDecoder().decode(bytes)
  assert.equal(text.match(/ICMP echo request/g)?.length, 2, text)
  const to = (await showPort(built.app, 'lan', 'web')).traffic
  assert.ok(from !== undefined && to !== undefined)
  assert.ok(to.sent.packets >= from.sent.packets + 2 && to.received.packets >= from.received.packets + 2)
})

test('its cable can be pulled and plugged in again', async () => {
  // The guest's kernel needs a moment for what QEMU has told it.
  const carries = (wanted: string): Promise<void> =>
    until(
      `its carrier is ${wanted}`,
      async () => (await askGuest(built.app, 'web', 'cat /sys/class/net/eth0/carrier')) === `${wanted} [0]`,
    )
  await setPort(built.app, 'lan', 'web', { link: 'down' }, byTest)
  await carries('0')
  await setPort(built.app, 'lan', 'web', { link: 'up' }, byTest)
  await carries('1')
  assert.equal(await askGuest(built.app, 'web', 'ping -c1 -W20 -q 192.0.2.2 >/dev/null'), ' [0]')
})

test('with it goes its place on the NIC', async () => {
  await killVm(built.app, 'web', byTest)
  assert.doesNotMatch(ip('-o link'), /macvtap/)
})

const exitOf = async (child: ChildProcess): Promise<number | null> =>
  child.exitCode ?? ((await once(child, 'exit')) as [number | null])[0]

/** On this machine: others may be starting just now. */
const nodes = (): string[] => readdirSync('/dev').filter((name) => name.startsWith('weft.'))

/** As a start runs it, for something that holds the device open for as long as it lives; ended when its node is seen, if it is to be. */
async function tryStart(tap: string, isEnded = false): Promise<number | null> {
  const { facts } = built.app
  const before = nodes()
  const [setsid, , program = '', ...argv] = detachedArgv(facts, 'late', ['sleep', '100'], {
    macvtaps: [tap as InterfaceName],
  })
  assert.equal(setsid, 'setsid')
  for (const left of ['qemu.pid', 'qemu.log.pipe']) rmSync(lateFile(left), { force: true })
  const shell = spawn(program, argv, { stdio: 'ignore' })
  while (isEnded && nodes().every((name) => before.includes(name)) && !existsSync(lateFile('qemu.pid')))
    continue
  if (isEnded) shell.kill('SIGTERM')
  const code = await exitOf(shell)
  const left = nodes().filter((name) => !before.includes(name))
  await until('no node of it is left', () => nodes().every((name) => !left.includes(name)))
  return code
}

const lateFile = (name: string): string => `${built.app.facts.paths.run}/vms/late/${name}`

function endLate(): void {
  process.kill(Number(readFileSync(lateFile('qemu.pid'), 'utf8')), 'SIGKILL')
}

test('nothing is left where devices are, whatever becomes of a start', async () => {
  for (const directory of [lateFile('.'), vmGroup(built.app.facts, 'late')])
    if (directory !== undefined) mkdirSync(directory, { recursive: true })
  ip('link add link nic0 name macvtap7 type macvtap')
  assert.notEqual(await tryStart('macvtap8'), 0, 'there is no such place on the NIC')
  assert.ok(!existsSync(lateFile('qemu.pid')), 'nobody has to look for a process')
  // Again where the shell was done before the signal came.
  for (let tries = 0; (await tryStart('macvtap7', true)) === 0; tries++) {
    assert.ok(tries < 100)
    endLate()
  }
  assert.equal(await tryStart('macvtap7'), 0)
  const pid = readFileSync(lateFile('qemu.pid'), 'utf8').trim()
  assert.match(readlinkSync(`/proc/${pid}/fd/3`), /^\/dev\/weft\.\w+\/tap \(deleted\)$/)
  endLate()
})
