/** Definitions of an older weft, brought up to date. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { upToDate } from './migrate.ts'

const OLD = {
  name: 'lab',
  uuid: '5a0b64d4-6c4c-4c0e-9d1a-2f6e4f4f2f11',
  mode: 'nat',
  bridge: { name: 'virbr1', stp: true, delaySeconds: 0 },
  mac: '52:54:00:b8:c9:9d',
  domain: { name: 'lab.example', isLocalOnly: false },
  ip: { cidr: { address: '192.168.150.1', prefix: 24 }, prefixSpelling: 'netmask' },
  kept: [],
}

test('one address becomes a list of one, a no that nobody wrote goes', () => {
  const { ip, domain, ...same } = OLD
  assert.deepEqual(upToDate(OLD), {
    ...same,
    domain: { name: domain.name },
    ips: [{ family: 'ipv4', ...ip }],
    routes: [],
  })
})

test('a network without an address, and one with a local domain', () => {
  const { ip, domain, ...bare } = OLD
  assert.ok(ip.prefixSpelling)
  assert.deepEqual(upToDate(bare), { ...bare, ips: [], routes: [] })
  const local = { ...bare, domain: { ...domain, isLocalOnly: true } }
  assert.deepEqual(upToDate(local), { ...local, ips: [], routes: [] })
})

test('what is up to date stays as it is, what is no definition too', () => {
  const now = { ...OLD, ips: [], routes: [] }
  assert.equal(upToDate(now), now)
  assert.equal(upToDate('x'), 'x')
})
