/** The built-in `default` network, and the names and subnets weft chooses when nobody says. */
import { parseInterfaceName, type InterfaceName } from '../address/interface-name.ts'
import {
  formatIpv4Network,
  ipv4Bounds,
  ipv4FromNumber,
  ipv4Overlaps,
  parseIpv4Cidr,
  type Ipv4Cidr,
} from '../address/ipv4.ts'
import { WeftError } from '../errors.ts'
import type { Chosen } from './draft.ts'
import { bridgeNameOf, ipv4Of, ipv4sOf } from './ips.ts'
import { findOverlaps } from './overlap.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

export interface ChosenSubnet {
  /** The gateway's address with its prefix: 192.168.122.1/24. */
  readonly cidr: Ipv4Cidr
  /** Says by whom the usual subnet was taken, and what was picked instead. */
  readonly note?: string
}

/** 192.168.122.0/24 as everybody knows it, else the next free /24 after it, else one in 10.0.0.0/8. */
export function pickSubnet(seen: SeenHost, taken: readonly NetworkSpec[]): ChosenSubnet {
  const candidates = [
    ...Array.from({ length: 133 }, (_, index) => `192.168.${String(122 + index)}.1/24`),
    ...Array.from({ length: 256 }, (_, index) => `10.${String(index)}.122.1/24`),
  ].flatMap((text) => parseIpv4Cidr(text) ?? [])
  const [usual] = candidates
  const cidr = candidates.find((each) => usersOf(each, seen, taken).length === 0)
  if (cidr === undefined || usual === undefined) {
    throw new WeftError('conflict', 'no private subnet is free on this host', {
      hint: 'ip route show table all',
    })
  }
  if (cidr === usual) return { cidr }
  const because = usersOf(usual, seen, taken)[0] ?? ''
  const note = `${formatIpv4Network(usual)} is taken here (${because}), so ${formatIpv4Network(cidr)} was picked`
  return { cidr, note }
}

/** Why the built-in network has another subnet than everybody knows, as long as that is in somebody's hands. */
export function otherSubnetNote(
  network: NetworkSpec,
  seen: SeenHost,
  taken: readonly NetworkSpec[],
): string | undefined {
  const usual = parseIpv4Cidr('192.168.122.1/24')
  const ip = ipv4Of(network)
  if (network.name !== 'default' || ip === undefined || usual === undefined || ipv4Overlaps(ip.cidr, usual))
    return undefined
  const [because] = usersOf(usual, seen, taken)
  if (because === undefined) return undefined
  return `${formatIpv4Network(usual)} is taken here (${because}); network 'default' has ${formatIpv4Network(ip.cidr)}`
}

function usersOf(cidr: Ipv4Cidr, seen: SeenHost, taken: readonly NetworkSpec[]): string[] {
  const networks = taken.filter((each) => ipv4sOf(each).some((ip) => ipv4Overlaps(ip.cidr, cidr)))
  return [
    ...findOverlaps({ family: 'ipv4', cidr }, seen),
    ...networks.map(({ name }) => `network '${name}' has it`),
  ]
}

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
