/** Another program's firewall that drops what weft lets through: named with its table and chain where a person looks, for as long as it is there. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { host, newRoot, runProgram, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
})
after(async () => {
  weft.run(['net', 'stop', 'default'])
  await weft.stop()
})

const drops = (name: string, hook: string): void => {
  const chain = `chain ${name} { type filter hook ${hook} priority filter; policy drop; }`
  const { code, err } = runProgram(['nft', '-f', '-'], {}, `table ip filter {\n${chain}\n}\n`)
  assert.equal(code, 0, err)
}
const FORWARD =
  /chain 'FORWARD' of table 'ip filter' drops what its own rules do not accept: .* the outside and other networks/
const INPUT = /chain 'INPUT' of table 'ip filter' drops .* from this host, its DHCP and DNS included/

test('starting a network and showing it name the chain, and what it may cut off', () => {
  drops('FORWARD', 'forward')
  const started = weft.run(['net', 'start', 'default'])
  assert.equal(started.code, 0, started.err)
  assert.match(started.err, FORWARD)
  assert.match(weft.ok('net', 'show', 'default'), FORWARD)
})

test('a chain that comes later is told in the status, and no longer when it is gone', async () => {
  drops('INPUT', 'input')
  await until(() => INPUT.test(weft.ok('status')))
  assert.match(weft.ok('status'), FORWARD)
  host('nft', 'delete', 'table', 'ip', 'filter')
  await until(() => !weft.ok('status').includes('ip filter'))
  assert.doesNotMatch(weft.ok('net', 'show', 'default'), /ip filter/)
})
