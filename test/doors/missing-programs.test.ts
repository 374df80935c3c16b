/** A host without dnsmasq: starting a network is refused before anything is changed, until it is installed. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { describeHost, host, newRoot, runProgram, startWeft, type Weft } from './weft-process.ts'

const DNSMASQ = runProgram(['sh', '-c', 'command -v dnsmasq']).out.trim()

let weft: Weft
before(async () => {
  // Not executable any more, in this test's mount namespace: for weft the same as not there.
  host('mount', '--bind', '/dev/null', DNSMASQ)
  weft = await startWeft(newRoot())
})
after(() => weft.stop())

test('status says what is missing and how to get it', () => {
  assert.match(weft.ok('status'), /'dnsmasq' is not installed: apt-get install dnsmasq-base/)
})

test('a network that needs it is not started by halves; one without an address is', () => {
  const untouched = describeHost()
  const yaml = 'name: lab\nmode: isolated\naddress: 10.91.0.1/24\n'
  for (const refused of [
    weft.run(['net', 'start', 'default']),
    weft.run(['net', 'start', 'default', '--dry-run']),
    weft.run(['net', 'create'], yaml),
  ]) {
    assert.equal(refused.code, 1)
    assert.match(refused.err, /'dnsmasq', which .*, is not installed\n +try +apt-get install dnsmasq-base/)
  }
  assert.equal(describeHost(), untouched)
  assert.equal(weft.run(['net', 'create'], 'name: wire\nmode: isolated\n').code, 0)
  weft.ok('net', 'stop', 'wire')
})

test('once it is installed it is found, without restarting weftd', () => {
  host('umount', DNSMASQ)
  weft.ok('net', 'start', 'default')
  weft.ok('net', 'stop', 'default')
  assert.doesNotMatch(weft.ok('status'), /not installed/)
})
