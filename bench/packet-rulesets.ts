/** The firewalls whose cost is counted: none, the least one can have for NAT, and weft's own table with one network and with many. */
import type { InterfaceName } from '../src/core/address/interface-name.ts'
import type { Ipv4Address } from '../src/core/address/ipv4.ts'
import type { MacAddress } from '../src/core/address/mac.ts'
import type { SeenLink } from '../src/core/host/link.ts'
import { formatRuleset } from '../src/core/network/nft-ruleset.ts'
import { fastPathSteps } from '../src/core/network/plan-fast-path.ts'
import type { NetworkSpec } from '../src/core/network/spec.ts'
import { UPLINK, type Ruleset } from './packet-guest.ts'

const MANY = 300

const ONE_RULE = `table ip nat {
  chain postrouting { type nat hook postrouting priority srcnat; oifname "up0" masquerade
  }
}
`

export function packetRulesets(): Ruleset[] {
  const many = formatRuleset(Array.from({ length: MANY }, (_, index) => network(index)))
  return [
    { name: 'plain routing', nft: '', guest: 'first' },
    { name: 'one masquerade rule', nft: ONE_RULE, guest: 'first' },
    { name: 'weft, 1 network', nft: formatRuleset([network(0)]), guest: 'first' },
    { name: `weft, ${String(MANY)} networks, on the first`, nft: many, guest: 'first' },
    { name: `weft, ${String(MANY)} networks, on the last`, nft: many, guest: 'last' },
    { name: `the same with a flowtable`, nft: many + fastPath(MANY - 1), guest: 'last' },
  ]
}

/** As weft adds it for the one network whose bridge is there. */
function fastPath(index: number): string {
  const destination = { address: '0.0.0.0' as Ipv4Address, prefix: 0 }
  const uplink = { name: UPLINK, alias: undefined } as SeenLink
  const route = { destination, device: UPLINK, table: 'main', gateway: undefined, metric: undefined }
  const seen = { links: [uplink], routes: [route], routes6: [], fastPath: { listing: undefined } }
  const [step] = fastPathSteps(network(index), seen)
  return step?.do.kind === 'run' ? (step.do.stdin ?? '') : ''
}

function network(index: number): NetworkSpec {
  const address = `10.${String(index >> 8)}.${String(index & 255)}.1` as Ipv4Address
  return {
    name: `net${String(index)}`,
    uuid: '',
    mode: 'nat',
    bridge: { name: `virbr${String(index)}` as InterfaceName, stp: true, delaySeconds: 0 },
    mac: '52:54:00:00:00:01' as MacAddress,
    ips: [{ family: 'ipv4', cidr: { address, prefix: 24 }, prefixSpelling: 'prefix' }],
    routes: [],
    kept: [],
  }
}
