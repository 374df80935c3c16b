/** A subnet that nobody on this host uses, for a network that does not say which it wants. */
import { formatIpv4Network, ipv4Overlaps, parseIpv4Cidr, type Ipv4Cidr } from '../../address/ipv4.ts'
import { WeftError } from '../../errors.ts'
import type { HostFacts } from '../../host/facts.ts'
import { ipv4Of, ipv4sOf } from '../ips.ts'
import { findOverlaps, findRules } from '../problems/overlap.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

export interface ChosenSubnet {
  /** The gateway's address with its prefix: 192.168.122.1/24. */
  readonly cidr: Ipv4Cidr
  /** Says by whom the usual subnet was taken, and what was picked instead. */
  readonly note?: string
}

/** What is looked at: every address, route of every table, policy rule, and network, running or not. */
export interface Surroundings {
  readonly seen: SeenHost
  readonly taken: readonly NetworkSpec[]
  readonly facts: Pick<HostFacts, 'isVirtual'>
}

const USUAL = '192.168.122.1/24'

/** 192.168.122.0/24 as everybody knows it, else the next free /24 after it, else one in 10.0.0.0/8. */
export function pickSubnet(around: Surroundings): ChosenSubnet {
  const candidates = [
    ...Array.from({ length: 133 }, (_, index) => `192.168.${String(122 + index)}.1/24`),
    ...Array.from({ length: 256 }, (_, index) => `10.${String(index)}.122.1/24`),
  ].flatMap((text) => parseIpv4Cidr(text) ?? [])
  const [usual] = candidates
  const cidr = candidates.find((each) => reasonsAgainst(each, around).length === 0)
  if (cidr === undefined || usual === undefined) throw noneFree()
  if (cidr === usual) return { cidr }
  const because = reasonsAgainst(usual, around)[0] ?? ''
  const note = `${formatIpv4Network(usual)} is taken here (${because}), so ${formatIpv4Network(cidr)} was picked`
  return { cidr, note }
}

/** Why the built-in network has another subnet than everybody knows, as long as that is in somebody's hands. */
export function otherSubnetNote(network: NetworkSpec, around: Surroundings): string | undefined {
  const usual = parseIpv4Cidr(USUAL)
  const ip = ipv4Of(network)
  if (network.name !== 'default' || ip === undefined || usual === undefined || ipv4Overlaps(ip.cidr, usual))
    return undefined
  const [because] = reasonsAgainst(usual, around)
  if (because === undefined) return undefined
  return `${formatIpv4Network(usual)} is taken here (${because}); network 'default' has ${formatIpv4Network(ip.cidr)}`
}

function reasonsAgainst(cidr: Ipv4Cidr, { seen, taken, facts }: Surroundings): string[] {
  const networks = taken.filter((each) => ipv4sOf(each).some((ip) => ipv4Overlaps(ip.cidr, cidr)))
  const mayBeParents =
    facts.isVirtual === true && `${cidr.address}/${String(cidr.prefix)}` === USUAL && isUplinkAwaited(seen)
  return [
    ...findOverlaps({ family: 'ipv4', cidr }, seen).map(({ sentence }) => sentence),
    ...findRules({ family: 'ipv4', cidr }, seen),
    ...networks.map(({ name }) => `network '${name}' has it`),
    ...(mayBeParents
      ? [
          'this host is a virtual machine, and until it has a default route it may be the range of its own host',
        ]
      : []),
  ]
}

/** There is a NIC, but nothing tells yet what is behind it. */
function isUplinkAwaited({ links, routes }: SeenHost): boolean {
  const hasNic = links.some(({ kind, name }) => kind === undefined && name !== 'lo')
  return hasNic && !routes.some(({ destination }) => destination.prefix === 0)
}

function noneFree(): WeftError {
  return new WeftError('conflict', 'no private subnet is free on this host', {
    hint: 'ip route show table all; ip rule',
  })
}
