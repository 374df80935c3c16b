/** Addresses and names chosen for guests. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import { parseIpv4 } from '../../address/ipv4.ts'
import type { SeenLink } from '../../host/link.ts'
import { freeInterfaceNames, pickAddress } from './pick-address.ts'
import type { NetworkSpec } from '../spec.ts'

const ip = (text: string) => parseIpv4(text)!
const network = {
  ips: [
    {
      family: 'ipv4',
      cidr: { address: ip('10.0.0.1'), prefix: 29 },
      prefixSpelling: 'prefix',
      dhcp: {
        ranges: [{ start: ip('10.0.0.1'), end: ip('10.0.0.4') }],
        hosts: [{ mac: '52:54:00:00:00:01', ip: ip('10.0.0.4') }],
      },
    },
  ],
} as unknown as NetworkSpec

test('the highest address that no reservation, lease or gateway holds', () => {
  assert.equal(pickAddress(network, []), '10.0.0.3')
  assert.equal(pickAddress(network, [ip('10.0.0.3')]), '10.0.0.2')
})

test('a full range gives none', () => {
  assert.equal(pickAddress(network, [ip('10.0.0.3'), ip('10.0.0.2')]), undefined)
})

test('interface names fill the first gaps', () => {
  const links = ['vnet0', 'vnet2'].map((name) => ({ name: name as InterfaceName }) as SeenLink)
  assert.deepEqual(freeInterfaceNames('vnet', 2, { links }), ['vnet1', 'vnet3'])
})
