/** Networks of every kind that can be started. */
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { Ipv4Address } from '../../src/core/address/ipv4.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'

const NAT: NetworkSpec = {
  name: 'nat77',
  uuid: '5a0b64d4-6c4c-4c0e-9d1a-2f6e4f4f2f77',
  mode: 'nat',
  bridge: { name: 'virbr77' as InterfaceName, stp: true, delaySeconds: 0 },
  mac: '52:54:00:b8:c9:77' as MacAddress,
  ip: {
    cidr: { address: '192.168.77.1' as Ipv4Address, prefix: 24 },
    prefixSpelling: 'netmask',
    dhcp: {
      ranges: [{ start: '192.168.77.2' as Ipv4Address, end: '192.168.77.254' as Ipv4Address }],
      hosts: [],
    },
  },
  kept: [],
}

export const NETWORK_CASES: readonly NetworkSpec[] = [
  NAT,
  {
    ...NAT,
    name: 'inner',
    mode: 'isolated',
    bridge: { name: 'virbr78' as InterfaceName, stp: false, delaySeconds: 0 },
    mac: '52:54:00:b8:c9:78' as MacAddress,
    ip: { cidr: { address: '10.78.0.1' as Ipv4Address, prefix: 16 }, prefixSpelling: 'prefix' },
  },
  {
    name: 'switch',
    uuid: '5a0b64d4-6c4c-4c0e-9d1a-2f6e4f4f2f79',
    mode: 'isolated',
    bridge: { name: 'virbr79' as InterfaceName, stp: true, delaySeconds: 4 },
    mac: '52:54:00:b8:c9:79' as MacAddress,
    kept: [],
  },
]
