/** `weft doctor` as people and scripts use it: what it prints, in 80 columns, and its exit code. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { DoctorView } from '../../src/api/doctor-contract.ts'
import { host, newRoot, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  host('ip', 'netns', 'add', 'box')
  host('ip', 'netns', 'add', 'isp')
  host('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'isp')
  host('ip', 'address', 'add', '192.0.2.7/24', 'dev', 'eth0')
  host('ip', 'link', 'set', 'eth0', 'up')
  host('ip', '-n', 'isp', 'address', 'add', '192.0.2.1/24', 'dev', 'eth0')
  host('ip', '-n', 'isp', 'link', 'set', 'eth0', 'up')
  host('ip', 'route', 'add', 'default', 'via', '192.0.2.1')
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  weft.ok('port', 'add', 'default', '--netns', 'box', '--ip', '192.168.122.20')
})
after(async () => {
  weft.run(['port', 'remove', 'default', 'box'])
  weft.run(['net', 'stop', 'default'])
  await weft.stop()
  for (const name of ['box', 'isp']) host('ip', 'netns', 'delete', name)
})

/** What name servers the machine of the test has is none of the test's business. */
const ways = (...words: string[]): DoctorView['ways'] => {
  const { ways: all } = JSON.parse(weft.run(['doctor', ...words, '--json']).out) as DoctorView
  return all.map((way) => {
    const stages = way.stages.filter(({ stage }) => !stage.startsWith('DNS'))
    return { ...way, stages, isHealthy: stages.every(({ fault }) => fault === null) }
  })
}

test('every stage of a guest that is well has its line', async () => {
  await until(() => ways('box').every(({ isHealthy }) => isHealthy))
  const { out } = weft.run(['doctor', 'box'])
  for (const stage of [
    'cable',
    'plug',
    'switch',
    'port',
    'address',
    'dnsmasq',
    'neighbour',
    'forwarding',
    'rules',
    'NAT',
    'uplink',
  ])
    assert.match(out, new RegExp(`^  ✓ ${stage} `, 'm'))
  assert.deepEqual(
    ways().map(({ of, name }) => [of, name]),
    [
      ['host', 'this host'],
      ['network', 'default'],
      ['guest', 'box'],
    ],
  )
})

test('with --probe there is a line for what was tried, too', () => {
  const triedIn = (...words: string[]): string[] =>
    ways('box', ...words).flatMap(({ stages }) =>
      stages.map(({ stage }) => stage).filter((stage) => / (asked|pinged)$/.test(stage)),
    )
  assert.deepEqual(triedIn('--probe').slice(0, 3), ['name asked', 'lease asked', 'guest pinged'])
  assert.deepEqual(triedIn(), [])
})

test('what is wrong is named with its culprit, who did it and what to try, in 80 columns; the exit code is 1', () => {
  weft.ok('port', 'set', 'default', 'box', '--link', 'down')
  const { code, out } = weft.run(['doctor', 'box'])
  assert.equal(code, 1)
  assert.match(
    out,
    /^box on network default, at vport0\n {2}✗ cable {2}vport0 is switched off, .*\n {4}culprit {2}link vport0\n {4}by {7}root, .*\n {4}try {6}weft port set default box --link up\n\nOne thing is wrong\.\n$/,
  )
  assert.ok(out.split('\n').every((line) => Array.from(line).length <= 80))
  const [{ stages } = { stages: [] }] = ways('box')
  assert.equal(stages.at(-1)?.fault?.kind, 'cable-pulled')
  weft.ok('port', 'set', 'default', 'box', '--link', 'up')
})

test('whom nobody knows it does not look for', () => {
  const { code, err } = weft.run(['doctor', 'nobody'])
  assert.equal(code, 3)
  assert.match(err, /nothing that is plugged into a network is called 'nobody'\n *try +weft port list/)
})
