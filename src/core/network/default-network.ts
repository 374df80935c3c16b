/** The built-in `default` network, and the names of bridges weft chooses when nobody says. */
import { parseInterfaceName, type InterfaceName } from '../address/interface-name.ts'
import { ipv4Bounds, ipv4FromNumber, type Ipv4Cidr } from '../address/ipv4.ts'
import { WeftError } from '../errors.ts'
import type { Chosen } from './draft.ts'
import { bridgeNameOf } from './ips.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** libvirt's limit too: 257 bridges of one pattern. */
const LAST_BRIDGE = 256

/** virbr0, virbr1, ...: the first that no definition and no link has. `template` has one `%d`. */
export function chooseBridgeName(
  seen: SeenHost,
  taken: readonly NetworkSpec[],
  template = 'virbr%d',
): InterfaceName {
  const used = new Set<string>([
    ...seen.links.map((link) => link.name),
    ...taken.flatMap((each) => bridgeNameOf(each) ?? []),
  ])
  for (let number = 0; number <= LAST_BRIDGE; number += 1) {
    const name = parseInterfaceName(template.replace('%d', String(number)))
    if (name === undefined) break
    if (!used.has(name)) return name
  }
  throw new WeftError(
    'invalid-definition',
    `no bridge name of the pattern '${template}' is left or possible`,
    {
      hint: 'give the bridge a name of at most 15 letters and digits',
    },
  )
}

/** NAT, every address of the subnet but the host's own for guests, STP on. */
export function defaultNetwork(chosen: Chosen, subnet: Ipv4Cidr): NetworkSpec {
  const { first, last } = ipv4Bounds(subnet)
  const range = { start: ipv4FromNumber(first + 2), end: ipv4FromNumber(last - 1) }
  return {
    name: 'default',
    uuid: chosen.uuid,
    mode: 'nat',
    bridge: { name: chosen.bridgeName, stp: true, delaySeconds: 0 },
    mac: chosen.mac,
    ips: [{ family: 'ipv4', cidr: subnet, prefixSpelling: 'netmask', dhcp: { ranges: [range], hosts: [] } }],
    routes: [],
    kept: [],
  }
}
