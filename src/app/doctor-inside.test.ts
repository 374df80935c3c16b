/** What an agent tells the doctor, played: what it says, what it will not do, and when it hangs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plug } from '../core/doctor/sight.ts'
import { WeftError } from '../core/errors.ts'
import { askAgents } from './doctor-inside.ts'
import type { GuestInterface, GuestRun } from './guest-ports.ts'

const PLUG: Plug = {
  guest: 'web',
  network: 'lab',
  nic: 'nic0',
  interface: 'vnet0',
  link: undefined,
  port: undefined,
  mac: '52:54:00:00:00:11',
  ip: '10.9.0.11',
  status: 'running',
}
const LOOPBACK: GuestInterface = {
  name: 'lo',
  mac: undefined,
  addresses: [{ address: '127.0.0.1', prefix: 8 }],
}
const own = (name: string, ...addresses: string[]): GuestInterface => ({
  name,
  mac: PLUG.mac,
  addresses: addresses.map((address) => ({ address, prefix: 24 })),
})
const ran = (text: string, exitCode = 0): Promise<GuestRun> =>
  Promise.resolve({ exitCode, signal: undefined, stdout: btoa(text), stderr: '', isCut: false })

const SAID = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc fq_codel qlen 1000
default via 10.9.0.1 dev eth0 proto dhcp metric 100
10.9.0.0/24 dev eth0 scope link  src 10.9.0.11
`

interface Played {
  readonly isListening?: boolean
  readonly interfaces?: () => Promise<readonly GuestInterface[]>
  readonly run?: () => Promise<GuestRun>
}

const ask = async (agent: Played | undefined, plug: Partial<Plug> = {}, limitMs = 60_000) =>
  (
    await askAgents(
      () =>
        agent && {
          isListening: () => Promise.resolve(agent.isListening !== false),
          interfaces: agent.interfaces ?? (() => Promise.resolve([LOOPBACK, own('eth0', '10.9.0.11')])),
          run: agent.run ?? (() => ran(SAID)),
        },
      [{ ...PLUG, ...plug }],
      limitMs,
    )
  ).get('vnet0')

test('its addresses, whether its end is on, and its gateway', async () => {
  assert.deepEqual(await ask({}), {
    of: 'machine',
    command: 'weft vm exec web -- ip',
    name: 'eth0',
    mac: PLUG.mac,
    addresses: [{ address: '10.9.0.11', prefix: 24 }],
    isUp: true,
    mtu: 1400,
    gateways: [{ gateway: '10.9.0.1', device: 'eth0' }],
  })
  const off = await ask({
    run: () => ran(SAID.replace('MULTICAST,UP', 'MULTICAST').replace(/default.*\n/, '')),
  })
  assert.deepEqual([off?.isUp, off?.gateways], [false, []])
})

test('a bridge in the guest has the MAC of the NIC in it, and its address', async () => {
  const interfaces = () => Promise.resolve([own('eth0'), own('br0', '10.9.0.11')])
  assert.equal((await ask({ interfaces }))?.name, 'br0')
})

test('what it may not run leaves open what only programs tell', async () => {
  for (const run of [
    () => Promise.reject(new WeftError('command-failed', 'guest-exec is disabled')),
    () => ran('ip: not found', 127),
  ]) {
    const inside = await ask({ run })
    assert.deepEqual([inside?.addresses.length, inside?.isUp, inside?.gateways], [1, undefined, undefined])
  }
})

test('without an agent, without such a NIC and with an agent that hangs nothing is known', async () => {
  assert.equal(await ask(undefined), undefined)
  assert.equal(await ask({ isListening: false }), undefined)
  assert.equal(await ask({}, { mac: '52:54:00:00:00:99' }), undefined)
  assert.equal(await ask({}, { status: 'paused' }), undefined)
  const hangs = { interfaces: () => new Promise<never>(() => undefined) }
  assert.equal(await ask(hangs, {}, 10), undefined)
})
