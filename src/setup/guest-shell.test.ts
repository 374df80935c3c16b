/** What a guest's console answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutGreeting } from './guest-shell.ts'

test('a lease that is told in the middle of an answer is no part of it', () => {
  const said = 'weft-guest ready ip=192.168.122.227 interface=eth0\r\nLinux 6.1.0-53-cloud-amd64\r\n'
  assert.equal(withoutGreeting(said), 'Linux 6.1.0-53-cloud-amd64')
  assert.equal(withoutGreeting('one\nweft-guest ready ip=10.0.0.2\ntwo\n'), 'one\ntwo')
})
