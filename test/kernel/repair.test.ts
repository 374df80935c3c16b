/** Looking after running networks on a real kernel: what somebody took away comes back, what a network left goes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { defineDefaultNetwork } from '../../src/app/complete-network.ts'
import { startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { repairNetworks } from '../../src/app/repair.ts'
import { describeWorld, makeRoot, openRealApp, removeRoot, type RealApp } from '../support/real-app.ts'

const request = { by: 'test', dryRun: false }
const sh = (line: string): string => execFileSync('sh', ['-c', line], { encoding: 'utf8' })
let real: RealApp
let root: string

before(async () => {
  root = makeRoot()
  real = openRealApp(root)
  await defineDefaultNetwork(real.app)
})
after(() => {
  real.close()
  removeRoot(root)
})

test('what somebody takes away from a running network comes back', async () => {
  await startNetwork(real.app, 'default', request)
  const running = await describeWorld(real.app, root)
  sh('nft flush ruleset; ip address flush dev virbr0; sysctl -qw net.ipv4.ip_forward=0')
  assert.deepEqual(await repairNetworks(real.app), ["repair network 'default'"])
  assert.deepEqual(await describeWorld(real.app, root), running)
  assert.deepEqual(await repairNetworks(real.app), [], 'nothing is left to repair')
  await stopNetwork(real.app, 'default', request)
})

test('a table put back while a script was stopping the network does not outlive its bridge', async () => {
  const stopped = await describeWorld(real.app, root)
  await startNetwork(real.app, 'default', request)
  const { plan } = await stopNetwork(real.app, 'default', { ...request, dryRun: true })
  // The script as typed, and weftd waking up after its firewall step: it cannot know what comes next.
  const script = (await import('../../src/core/plan/render.ts')).renderPlan(plan)
  const [first = '', second = ''] = script.split(/(?<=delete table inet weft\n[^\n]*\n)/)
  sh(first)
  await repairNetworks(real.app)
  assert.match(sh('nft list tables'), /inet weft/)
  sh(second)
  assert.deepEqual(await repairNetworks(real.app), ['remove what a network that is gone has left'])
  assert.deepEqual(await describeWorld(real.app, root), stopped)
})
