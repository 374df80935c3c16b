/** What a change did is shown as a diff a learner can read, and taken back by its number. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { executePlan } from '../../src/app/execute-plan.ts'
import { listHistory, showChange, undoChange, undoLast } from '../../src/app/history.ts'
import { recover } from '../../src/app/recover.ts'
import type { WeftError } from '../../src/core/errors.ts'
import { lastingPlan } from '../../src/core/plan/plan.ts'
import { NETWORK_LAW_CASES, PORT_LAW_CASES } from '../support/law-cases.ts'
import { describeWorld, makeRoot, openRealApp, removeRoot, run, type RealApp } from '../support/real-app.ts'

let real: RealApp
let empty: Awaited<ReturnType<typeof describeWorld>>
const request = { by: 'anna', dryRun: false }
const nat = NETWORK_LAW_CASES.find(({ name }) => name === 'nat')!
const [port] = PORT_LAW_CASES

before(async () => {
  real = openRealApp(makeRoot())
  empty = await describeWorld(real.app, real.root)
})
after(() => {
  real.close()
  removeRoot(real.root)
})

test('starting a network reads like a diff of two dumps', async () => {
  const number = await executePlan(real.app, await nat.start(real.app), 'anna')
  const { change, diff } = await showChange(real.app, number)
  assert.equal(change.outcome, 'done')
  const lines = (section: string): readonly string[] =>
    diff.find((each) => each.section === section)?.lines ?? []
  assert.deepEqual(lines('links'), [
    '+virbr0',
    '+    kind bridge',
    '+    mac 52:54:00:b8:c9:91',
    '+    mtu 1500',
    '+    up',
    '+    alias weft:network:default',
  ])
  assert.deepEqual(lines('addresses'), ['+virbr0', '+    192.168.122.1/24 broadcast 192.168.122.255'])
  assert.deepEqual(lines('routes'), ['+192.168.122.0/24 dev virbr0 from 192.168.122.1, table main'])
  for (const line of ['-net.ipv4.ip_forward = 0', '+net.ipv4.ip_forward = 1']) {
    assert.ok(lines('sysctls').includes(line), line)
  }
  assert.ok(lines('firewall').includes('+            "virbr0" : jump from_nat'))
})

test('the start is undone, and the undo is undone by its number', async () => {
  await undoLast(real.app, request)
  assert.deepEqual(await describeWorld(real.app, real.root), empty)
  const history = await listHistory(real.app)
  assert.deepEqual(
    history.map(({ number, outcome }) => [number, outcome]),
    [
      [1, 'undone'],
      [2, 'done'],
    ],
  )
  await assert.rejects(undoChange(real.app, 1, request), { code: 'wrong-state' })
  await undoChange(real.app, 2, request)
  assert.deepEqual((await nat.start(real.app)).steps, [])
  assert.equal((await listHistory(real.app))[0]?.outcome, 'done')
})

test('a network that got a guest meanwhile is not pulled away from under it', async () => {
  run('ip', 'netns', 'add', 'box')
  const plugged = await executePlan(real.app, await port!.start(real.app), 'anna')
  await assert.rejects(undoChange(real.app, 1, request), (error: WeftError) => {
    assert.equal(error.code, 'conflict')
    return error.details.length > 0
  })
  await undoChange(real.app, plugged, request)
  assert.equal(
    (await real.app.host.look([])).links.some(({ name }) => name === 'vnet0'),
    false,
  )
})

test('what somebody took away by hand is not taken back again', async () => {
  run('ip', 'address', 'delete', '192.168.122.1/24', 'dev', 'virbr0')
  await assert.rejects(undoChange(real.app, 1, request), (error: WeftError) => {
    assert.equal(error.code, 'conflict')
    assert.ok(error.details.some(([, text]) => text.includes('192.168.122.1/24')))
    return true
  })
  run('ip', 'address', 'add', '192.168.122.1/24', 'broadcast', '192.168.122.255', 'dev', 'virbr0')
  await undoChange(real.app, 1, request)
  assert.deepEqual(await describeWorld(real.app, real.root), empty)
})

test('a definition that was written is removed again, unless somebody has edited it', async () => {
  const path = real.app.networks.file('lab')
  const plan = lastingPlan("define network 'lab'", [
    {
      reason: 'lab is wanted',
      do: { kind: 'write', path, content: '{}\n', mode: 0o644 },
      undo: { kind: 'remove', path },
    },
  ])
  const number = await executePlan(real.app, plan, 'anna')
  run('sh', '-c', `echo '{"mine": 1}' >${path}`)
  await assert.rejects(undoChange(real.app, number, request), { code: 'conflict' })
  run('sh', '-c', `echo '{}' >${path}`)
  await undoChange(real.app, number, request)
  assert.equal(await real.app.host.readTextFile(path), undefined)
})

test('nothing is left to recover', async () => {
  assert.deepEqual(await recover(real.app), [])
})
