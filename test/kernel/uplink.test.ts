/** The host moves from its NIC to a bridge over it and back: nobody who talks to it notices, and afterwards all is as it was. */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { executePlan } from '../../src/app/execute-plan.ts'
import { watchedHosts } from '../../src/app/watched-hosts.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import { WeftError } from '../../src/core/errors.ts'
import { guardFiles, type GuardFiles } from '../../src/core/host/uplink/guard-files.ts'
import { planConfirm } from '../../src/core/host/uplink/plan-confirm.ts'
import { planBridgeAdd } from '../../src/core/host/uplink/plan-bridge.ts'
import { FOREVER, type SeenUplink } from '../../src/core/host/uplink/seen-uplink.ts'
import type { Plan } from '../../src/core/plan/plan.ts'
import { observeUplink } from '../../src/host/observe-uplink.ts'
import { makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'
import { openConnection } from '../support/uplink-connection.ts'
import {
  assertHangs,
  assertHeard,
  assertSoon,
  CALM,
  describeHanging,
  describeUplinks,
  makeUplinkWorld,
  NIC,
  PEER,
  startPings,
  whenAtRest,
} from '../support/uplink-world.ts'

const BRIDGE = 'br0' as InterfaceName
let real: RealApp

async function look(name: string): Promise<SeenUplink> {
  const seen = await observeUplink(name as InterfaceName)
  assert.ok(seen, name)
  return seen
}

/** As seen at this moment. */
async function plan(confirmWithin = 60): Promise<Plan> {
  return planBridgeAdd({ bridge: BRIDGE, confirmWithin }, await look(NIC), real.app.facts.paths)
}

before(async () => {
  real = openRealApp(makeRoot())
  makeUplinkWorld({ isLeased: true })
  await until('the NIC has its link-local address', () =>
    run('ip', 'addr', 'show', 'dev', NIC, 'scope', 'link', '-tentative').includes('fe80'),
  )
  run('busybox', 'ping', '-c1', '-W30', '192.0.2.1')
  run('busybox', 'ping', '-6', '-c1', '-W30', '2001:db8::1')
})
after(() => {
  real.close()
  removeRoot(real.root)
})

test('there and back: pings are answered, connections stay, and nothing is left behind', async () => {
  const stopped = await whenAtRest(describeUplinks)
  const onNic = describeHanging(NIC)
  assert.ok(onNic.length > 25, onNic.join('\n'))
  const connections = await Promise.all(['192.0.2.10', '192.0.2.11', '2001:db8::10'].map(openConnection))
  const calm = await startPings(CALM)
  const pings = await Promise.all(['192.0.2.10', '2001:db8::10'].map(startPings))

  await executePlan(real.app, await plan(), 'test')
  await assertHangs(BRIDGE, onNic)
  for (const each of connections) assert.equal(await each.ask('there?'), 'there?')
  assert.equal((await look(NIC)).master, BRIDGE)
  assert.deepEqual((await plan()).steps, [])

  takeBack()
  for (const each of connections) assert.equal(await each.ask('and back?'), 'and back?')
  assertHeard(await Promise.all(pings.map((each) => each.stop())), await calm.stop())
  for (const each of connections) each.close()
  await assertBack(stopped)
})

test('what has an end keeps it: the time on the bridge is taken off', async () => {
  const ends = async (name: string): Promise<number[]> => {
    const { atUptime, addresses, routes } = await look(name)
    const left = [
      ...addresses.flatMap((each) => [each.valid_life_time, each.preferred_life_time]),
      ...routes.flatMap(({ expires }) => expires ?? []),
    ]
    return left.filter((seconds) => seconds !== FOREVER).map((seconds) => Math.round(seconds + atUptime))
  }
  const assertClose = (actual: readonly number[], expected: readonly number[]): void => {
    assert.equal(actual.length, expected.length)
    for (const [index, at] of actual.entries())
      assert.ok(Math.abs(at - (expected[index] ?? 0)) <= 6, String(at))
  }
  const before = await ends(NIC)
  assert.equal(before.length, 5)
  await executePlan(real.app, await plan(), 'test')
  assertClose(await ends(BRIDGE), before)
  const from = performance.now()
  await until('some seconds have gone by', () => performance.now() - from > 8000)
  takeBack()
  assertClose(await ends(NIC), before)
})

test('whichever step fails, the host is as before to the last flag', async () => {
  const stopped = await whenAtRest(describeUplinks)
  const { steps } = await plan()
  for (const [index, { reason }] of steps.entries()) {
    await assert.rejects(
      executePlan(failingAt(index), await plan(), 'test'),
      { code: 'command-failed' },
      reason,
    )
    await assertBack(stopped, reason)
  }
})

test('a gateway that no longer answers is noticed, and the host goes back', async () => {
  const stopped = await whenAtRest(describeUplinks)
  const planned = await plan()
  run('ip', '-n', PEER, 'link', 'set', 'far', 'arp', 'off')
  const error = await executePlan(real.app, planned, 'test').then(
    () => assert.fail('nobody noticed'),
    (reason: unknown) => reason,
  )
  run('ip', '-n', PEER, 'link', 'set', 'far', 'arp', 'on')
  assert.ok(error instanceof WeftError)
  assert.match(error.details.map(([, text]) => text).join('\n'), /192\.0\.2\.1 does not answer on br0/)
  await assertBack(stopped)
})

test('a name server on the same cable has to answer as well, and the computer of whoever makes the change', async () => {
  const [server, you] = ['192.0.2.53', '192.0.2.88']
  for (const ip of [server, you]) {
    run('ip', '-n', PEER, 'address', 'add', `${ip}/24`, 'dev', 'far')
    run('busybox', 'ping', '-c1', '-W30', ip)
  }
  writeFileSync(`${real.root}/etc/resolv.conf`, `nameserver ${server}\nnameserver 203.0.113.1\n`)
  const stopped = await whenAtRest(describeUplinks)
  const watched = await watchedHosts(real.app, await real.app.host.keeper(NIC as InterfaceName), {
    caller: you,
  })
  const planned = planBridgeAdd(
    { bridge: BRIDGE, confirmWithin: 60, watched },
    await look(NIC),
    real.app.facts.paths,
  )
  // One further away is behind the gateway.
  const asked = planned.steps.flatMap(({ reason }) => /^(.*), which answered on/.exec(reason)?.[1] ?? [])
  assert.deepEqual(asked.sort(), [
    'the gateway 192.0.2.1',
    'the gateway 2001:db8::1',
    `the name server ${server}`,
    `your computer at ${you}`,
  ])
  for (const ip of [you, server]) {
    run('ip', '-n', PEER, 'address', 'delete', `${ip}/24`, 'dev', 'far')
    const error = await executePlan(real.app, planned, 'test').then(
      () => assert.fail('nobody noticed'),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof WeftError)
    assert.match(error.details.map(([, text]) => text).join('\n'), new RegExp(`${ip} does not answer on br0`))
    run('ip', '-n', PEER, 'address', 'add', `${ip}/24`, 'dev', 'far')
    await assertBack(stopped)
  }
})

test('without a confirmation the guard takes it back by itself, with nobody left to ask', async () => {
  const stopped = await whenAtRest(describeUplinks)
  await executePlan(real.app, await plan(20), 'test')
  await until('it is taken back', () => !existsSync(files().directory))
  await assertBack(stopped)
})

test('confirmed, and nobody else makes it again: at the next boot its guard does', async () => {
  for (const address of ['192.0.2.10/24', '2001:db8::11/64'])
    run('ip', 'address', 'change', address, 'dev', NIC, 'valid_lft', 'forever', 'preferred_lft', 'forever')
  const stopped = await whenAtRest(describeUplinks)
  await executePlan(real.app, await plan(), 'test')
  await executePlan(real.app, planConfirm([BRIDGE], real.app.facts.paths), 'test')
  const lasting = (): string[] =>
    describeHanging(BRIDGE).filter((line) => !/finite|"dynamic"|\/neigh\/|"ra"/.test(line))
  await until('IPv6 is at rest', () => run('ip', 'addr', 'show', 'dev', BRIDGE, 'tentative') === '')
  const before = await whenAtRest(lasting)
  run('ip', 'link', 'delete', BRIDGE)
  run('ip', 'link', 'set', NIC, 'down')
  writeFileSync(files().confirmed, 'the-boot-before\n')
  run('sh', files().script, 'boot')
  await until('IPv6 is at rest', () => run('ip', 'addr', 'show', 'dev', BRIDGE, 'tentative') === '')
  await assertSoon(lasting, before)
  assert.equal((await look(NIC)).master, BRIDGE)
  // Only once a boot.
  run('sh', files().script, 'boot')
  await assertSoon(lasting, before)
  assert.notDeepEqual(stopped, describeUplinks())
})

function failingAt(step: number): RealApp['app'] {
  const { app } = real
  let performed = 0
  const perform: typeof app.host.perform = async (action) => {
    if (performed++ === step) throw new WeftError('command-failed', 'told to fail')
    await app.host.perform(action)
  }
  return { ...app, host: { ...app.host, perform } }
}

const files = (): GuardFiles => guardFiles(real.app.facts.paths, BRIDGE)

function takeBack(): void {
  run('sh', files().script, 'now')
}

async function assertBack(stopped: readonly string[], where = ''): Promise<void> {
  await assertSoon(describeUplinks, stopped, where)
  assert.ok(!existsSync(files().directory), where)
}
