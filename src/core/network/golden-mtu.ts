/** Golden cases of networks that have no MTU of their own and take that of their way out. */
import type { InterfaceName } from '../address/interface-name.ts'
import { ipv4FromNumber } from '../address/ipv4.ts'
import type { SeenLink } from '../host/link.ts'
import { goldenCase, onBridge, type GoldenCase, type Tweak } from './golden-case.ts'
import { DEFAULT } from './golden-networks.ts'

type Command = readonly [string, ...string[]]

/** A way out that carries 1400 bytes, as VPNs and clouds have it. */
const UPLINK: readonly Command[] = [
  ['ip', 'link', 'add', 'name', 'uplink0', 'type', 'bridge'],
  ['ip', 'address', 'add', '192.0.2.10/24', 'dev', 'uplink0'],
  ['ip', 'link', 'set', 'dev', 'uplink0', 'mtu', '1400', 'up'],
  ['ip', 'route', 'add', 'default', 'via', '192.0.2.1'],
]

const LINK: SeenLink = {
  index: 9,
  name: 'uplink0' as InterfaceName,
  kind: 'bridge',
  mac: undefined,
  mtu: 1400,
  isUp: true,
  hasCarrier: false,
  master: undefined,
  alias: undefined,
  ipv4: [],
  ipv6: [],
  bridge: undefined,
  portState: undefined,
}

const withUplink: Tweak = (seen) => ({
  ...seen,
  links: [...seen.links, LINK],
  routes: [
    {
      destination: { address: ipv4FromNumber(0), prefix: 0 },
      device: LINK.name,
      table: 'main',
      gateway: '192.0.2.1',
      metric: undefined,
    },
  ],
})

const SMALL = { ...DEFAULT, mtu: 1400 }

export const MTU_CASES: readonly GoldenCase[] = [
  goldenCase('mtu-uplink', 'the way out carries 1400 bytes, and so does the network', DEFAULT, {
    disturb: UPLINK,
    tweak: withUplink,
  }),
  goldenCase('repair-mtu', 'the way out carries less than it did when the network was started', DEFAULT, {
    running: [DEFAULT],
    disturb: UPLINK,
    tweak: withUplink,
  }),
  goldenCase('repair-mtu-given', 'somebody made packets smaller than the definition says', SMALL, {
    running: [SMALL],
    disturb: [['ip', 'link', 'set', 'dev', 'virbr0', 'mtu', '1300']],
    tweak: onBridge('virbr0', { mtu: 1300 }),
  }),
]
