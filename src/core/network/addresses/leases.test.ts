/** Lease files as dnsmasq writes them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLeaseCurrent, parseLeases } from './leases.ts'

test('a lease with a name and a client id', () => {
  const [lease] = parseLeases('1795290000 52:54:00:77:05:10 192.168.122.10 web 01:52:54:00:77:05:10\n')
  assert.deepEqual(lease, {
    mac: '52:54:00:77:05:10',
    ip: '192.168.122.10',
    hostName: 'web',
    clientId: '01:52:54:00:77:05:10',
    expires: 1795290000,
  })
})

test('stars are unknown, 0 never ends, IPv6 lines and the server id are not IPv4 leases', () => {
  const leases = parseLeases(
    '0 52:54:00:00:00:01 10.0.0.2 * *\nduid 00:01:00:01\n1795290000 1234 fd00::2 web 00:01:02\n\n',
  )
  assert.deepEqual(leases, [{ mac: '52:54:00:00:00:01', ip: '10.0.0.2', expires: 0 }])
  assert.equal(isLeaseCurrent(leases[0]!, 2_000_000_000), true)
})
