/** Looking after running networks on a real kernel: what somebody took away comes back, what a network left goes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { defineDefaultNetwork } from '../../src/app/complete-network.ts'
import { addPort } from '../../src/app/network-ports.ts'
import { listNetworks } from '../../src/app/network-state.ts'
import { startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { repairNetworks } from '../../src/app/repair.ts'
import { NOTHING, type Touched } from '../../src/app/touched.ts'
import { dnsmasqFiles } from '../../src/core/host/paths.ts'
import { renderPlan } from '../../src/core/plan/render.ts'
import { canPing, describeWorld, makeRoot, openRealApp, removeRoot, until } from '../support/real-app.ts'
import type { RealApp } from '../support/real-app.ts'

const request = { by: 'test', dryRun: false }
const sh = (line: string): string => execFileSync('sh', ['-c', line], { encoding: 'utf8' })
const touched = (...links: string[]): Touched => ({ ...NOTHING, links: new Set(links) })
let real: RealApp
let root: string

before(async () => {
  root = makeRoot()
  real = openRealApp(root)
  await defineDefaultNetwork(real.app)
  sh('ip netns add box')
})
after(() => {
  real.close()
  removeRoot(root)
  sh('ip netns delete box')
})

/** The same but for what the kernel numbers anew. */
async function world(): Promise<Record<string, readonly string[]>> {
  const { links, ...rest } = await describeWorld(real.app, root)
  return { ...rest, links: (links ?? []).map((line) => line.replace(/^\d+: /, '')) }
}

test('what somebody takes away from a running network comes back', async () => {
  await startNetwork(real.app, 'default', request)
  const running = await describeWorld(real.app, root)
  sh('nft flush ruleset; ip address flush dev virbr0; sysctl -qw net.ipv4.ip_forward=0')
  assert.deepEqual(await repairNetworks(real.app), [
    'repair the firewall and forwarding',
    "repair network 'default'",
  ])
  assert.deepEqual(await describeWorld(real.app, root), running)
  assert.deepEqual(await repairNetworks(real.app), [], 'nothing is left to repair')
  await stopNetwork(real.app, 'default', request)
})

for (const [what, command] of [
  ['switched off', 'ip link set virbr0 down'],
  ['given another MAC', 'ip link set virbr0 address 52:54:00:99:99:99'],
  ['told to do without STP', 'ip link set virbr0 type bridge stp_state 0'],
  ['without its address', 'ip address delete 192.168.122.1/24 dev virbr0'],
] as const)
  test(`a bridge that is ${what} is as before when it was touched`, async () => {
    await startNetwork(real.app, 'default', request)
    await repairNetworks(real.app)
    const running = await describeWorld(real.app, root)
    sh(command)
    assert.deepEqual(await repairNetworks(real.app, touched('eth7')), [], 'another link was touched')
    assert.deepEqual(await repairNetworks(real.app, touched('virbr0')), ["repair network 'default'"])
    assert.deepEqual(await describeWorld(real.app, root), running)
    await stopNetwork(real.app, 'default', request)
  })

test('a bridge deleted under a guest is made again, and the guest is served as before', async () => {
  await startNetwork(real.app, 'default', request)
  await addPort(real.app, 'default', { netns: 'box' }, request)
  await repairNetworks(real.app)
  const running = await world()
  real.app.repairs.forget('default')
  const pid = dnsmasqPid()
  sh('ip link delete virbr0')
  const [gone] = await listNetworks(real.app)
  assert.deepEqual(gone?.conditions, ["its bridge 'virbr0' has gone"], 'it is never just shown as stopped')

  assert.deepEqual(await repairNetworks(real.app, touched('virbr0')), [
    "repair network 'default'",
    "serve names and addresses on 'default'",
  ])
  assert.deepEqual(await world(), running)
  assert.notEqual(dnsmasqPid(), pid, 'the old one listened on the old bridge')
  await until('the port forwards', () => canPing('box', '192.168.122.1'))
  assert.match(sh('ip netns exec box busybox nslookup box 192.168.122.1'), /192\.168\.122\./)
  assert.deepEqual(await repairNetworks(real.app), [], 'nothing is left to repair')
})

test('a plug pulled out of the bridge is put in again; one moved to another bridge stays there and is told', async () => {
  sh('ip link set vport0 nomaster')
  assert.deepEqual(await repairNetworks(real.app, touched('vport0', 'virbr0')), ["repair network 'default'"])
  sh('ip link add other type bridge; ip link set vport0 master other')
  assert.deepEqual(await repairNetworks(real.app, touched('vport0', 'virbr0')), [])
  const [condition] = real.app.conditions.list()
  assert.equal(condition?.message, 'somebody plugged vport0 into other: weft leaves it there')
  sh('ip link set vport0 master virbr0; ip link delete other')
  assert.deepEqual(await repairNetworks(real.app, touched('vport0', 'virbr0')), [])
  assert.deepEqual(real.app.conditions.list(), [])
})

test('a network whose bridge was deleted stops as one that has its bridge', async () => {
  sh('ip link delete virbr0')
  const { result } = await stopNetwork(real.app, 'default', request)
  assert.equal(result, 'stopped')
  assert.deepEqual(await repairNetworks(real.app), [])
  assert.doesNotMatch(sh('ip link; nft list tables'), /virbr0|inet weft/)
  sh('ip link delete vport0')
})

test('what is taken away again and again is left for a while, and a condition says so', async () => {
  await startNetwork(real.app, 'default', request)
  const take = async (): Promise<string[]> => {
    sh('ip address flush dev virbr0')
    return repairNetworks(real.app, touched('virbr0'))
  }
  for (let time = 0; time < 5; time++) assert.equal((await take()).length, 1)
  assert.deepEqual(await take(), [])
  const [condition] = real.app.conditions.list()
  assert.match(condition?.message ?? '', /^somebody takes away again and again what weft puts back: 5 times/)
  assert.equal(condition?.hint, 'weft net repair default')
  const due = real.app.repairs.due()
  assert.ok(due !== undefined && due.inMs > 30_000 && due.touched.networks.has('default'))
  await stopNetwork(real.app, 'default', request)
  assert.deepEqual(real.app.conditions.list(), [], 'who stopped it wants nothing of it')
})

test('stopping it with the script never has anything put back, wherever weftd wakes up', async () => {
  const stopped = await describeWorld(real.app, root)
  await startNetwork(real.app, 'default', request)
  await repairNetworks(real.app)
  const { plan } = await stopNetwork(real.app, 'default', { ...request, dryRun: true })
  for (const step of plan.steps) {
    sh(renderPlan({ ...plan, steps: [step] }))
    for (const title of await repairNetworks(real.app))
      assert.equal(title, 'remove what a network that is gone has left')
  }
  assert.deepEqual(await describeWorld(real.app, root), stopped)
})

function dnsmasqPid(): string {
  return readFileSync(dnsmasqFiles(real.app.facts.paths, 'default').pid, 'utf8')
}
