/** A host beside its macvtaps: weftd puts back at once what somebody takes of it, and the doctor says why the two do not talk without it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { host, newRoot, runProgram, startWeft, until, type Weft } from './weft-process.ts'

/** weft promises a second; a host with much to do may be late. */
const LIMIT_MS = 60_000

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
  host('ip', 'link', 'add', 'nic0', 'type', 'veth', 'peer', 'name', 'nic1')
  host('ip', 'address', 'add', '192.0.2.10/24', 'dev', 'nic0')
  for (const link of ['nic0', 'nic1']) host('ip', 'link', 'set', link, 'up')
  host('ip', 'netns', 'add', 'box')
})
after(async () => {
  weft.run(['port', 'remove', 'direct', 'box'])
  weft.run(['net', 'stop', 'direct'])
  await weft.stop()
  host('ip', 'netns', 'delete', 'box')
  host('ip', 'link', 'delete', 'nic0')
})

const shim = (): string => /shim[0-9a-f]{8}/.exec(host('ip', '-brief', 'link'))?.[0] ?? ''
/** Else it would wait a while before the fifth time in a minute. */
const beginAnew = (): string => weft.ok('net', 'repair', 'direct')
const table = (): string => runProgram(['nft', 'list', 'tables', 'netdev']).out

test('without a place of its own the host is kept apart, and the doctor says so', () => {
  weft.ok('net', 'macvtap', 'direct', '--uplink', 'nic0')
  weft.ok('net', 'start', 'direct')
  weft.ok('port', 'add', 'direct', '--netns', 'box')
  assert.match(weft.run(['doctor', 'box']).out, /host and guest of a macvtap network cannot talk/)
  weft.ok('port', 'remove', 'direct', 'box')
  weft.ok('net', 'stop', 'direct')
})

test('with one, whatever somebody takes of it is there again in a moment; stopped, nothing is', async () => {
  weft.ok('net', 'macvtap', 'direct', '--uplink', 'nic0', '--host-reach', '192.0.2.224/28')
  weft.ok('net', 'start', 'direct')
  const name = shim()
  assert.notEqual(name, '')
  const routes = (): string => host('ip', 'route', 'show', '192.0.2.224/28')
  assert.match(routes(), new RegExp(`dev ${name} .*src 192\\.0\\.2\\.10`))
  // Until weftd hears the kernel, half a second after its start.
  host('ip', 'route', 'delete', '192.0.2.224/28')
  await until(() => routes() !== '', LIMIT_MS)
  beginAnew()
  host('nft', 'delete', 'table', 'netdev', `weft_${name}`)
  await until(() => table().includes(name), LIMIT_MS)
  beginAnew()
  host('ip', 'link', 'delete', name)
  await until(() => shim() === name && routes() !== '', LIMIT_MS)
  beginAnew()
  host('ip', 'address', 'delete', '192.0.2.10/24', 'dev', 'nic0')
  host('ip', 'address', 'add', '192.0.2.11/24', 'dev', 'nic0')
  await until(() => routes().includes('src 192.0.2.11'), LIMIT_MS)
  weft.ok('net', 'stop', 'direct')
  assert.equal(shim(), '')
  assert.doesNotMatch(table(), /shim/)
})
