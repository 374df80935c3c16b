/** Which addresses a bridge over a NIC is to have: what can be said, and what is refused before anything is looked at. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseWantedAddress, type AddressWords } from './wanted-address.ts'

const words = (line: string): AddressWords => {
  const all = line.split(' ')
  const after = (flag: string): string[] =>
    all.flatMap((_, at) => (all[at - 1] === flag ? [all[at] ?? ''] : []))
  return { address: after('--address'), gateway: after('--gateway'), dns: after('--dns') }
}

test('nothing said, and keep, leave all as it is', () => {
  assert.equal(parseWantedAddress({}), undefined)
  assert.equal(parseWantedAddress(words('--address keep')), undefined)
})

test('one address of each family, with its gateway and name servers', () => {
  assert.deepEqual(parseWantedAddress(words('--address dhcp')), { ipv4: 'dhcp', dns: [] })
  assert.deepEqual(
    parseWantedAddress(
      words(
        '--address 192.0.2.10/24 --address 2001:DB8::10/64 --gateway fe80::1 --gateway 192.0.2.1 --dns 192.0.2.53',
      ),
    ),
    {
      ipv4: { ip: '192.0.2.10', prefix: 24, gateway: '192.0.2.1' },
      ipv6: { ip: '2001:db8::10', prefix: 64, gateway: 'fe80::1' },
      dns: ['192.0.2.53'],
    },
  )
})

for (const [line, why] of [
  ['--address 192.0.2.10', /'192\.0\.2\.10' is no address/],
  ['--address somewhere', /'somewhere' is no address/],
  ['--address 192.0.2.0/24', /192\.0\.2\.0 is the network of 192\.0\.2\.0\/24/],
  ['--address 192.0.2.255/24', /is the broadcast address of/],
  ['--address 127.0.0.2/8', /cannot be the address of a host/],
  ['--address 224.0.0.5/24', /cannot be the address of a host/],
  ['--address fe80::5/64', /cannot be the address of a host/],
  ['--address keep --address dhcp', /'keep' is all of it/],
  ['--address dhcp --address 192.0.2.10/24', /'dhcp' and '192\.0\.2\.10\/24' are both IPv4/],
  ['--address 192.0.2.10/24 --gateway 198.51.100.1', /198\.51\.100\.1 is not within 192\.0\.2\.0\/24/],
  ['--address 2001:db8::10/64 --gateway 2001:db8:1::1', /is not within 2001:db8::\/64/],
  ['--address 192.0.2.10/24 --gateway 192.0.2.10', /cannot be the gateway of itself/],
  ['--address 192.0.2.10/24 --gateway 192.0.2.1 --gateway 192.0.2.2', /cannot both be the gateway/],
  ['--address 192.0.2.10/24 --gateway router', /'router' is no address of a gateway/],
  ['--gateway 192.0.2.1', /the gateway 192\.0\.2\.1 goes with an address, and none was said/],
  ['--address keep --gateway 192.0.2.1', /goes with an address/],
  ['--address dhcp --gateway 192.0.2.1', /goes with an address/],
  ['--address 192.0.2.10/24 --gateway 2001:db8::1', /2001:db8::1 goes with an address/],
  ['--dns 192.0.2.53', /the name server 192\.0\.2\.53 goes with an address/],
  ['--address dhcp --dns 192.0.2.53', /goes with an address/],
  ['--address 192.0.2.10/24 --dns example.net', /'example\.net' is no address of a name server/],
] as const)
  test(`refused: ${line}`, () => {
    assert.throws(() => parseWantedAddress(words(line)), { code: 'invalid-argument', message: why })
  })
