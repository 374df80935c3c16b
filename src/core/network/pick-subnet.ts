/** A subnet that nobody on this host uses, for a network that does not say which it wants. */
import { formatIpv4Network, ipv4Overlaps, parseIpv4Cidr, type Ipv4Cidr } from '../address/ipv4.ts'
import { ipv6Overlaps, parseIpv6Cidr, type Ipv6Cidr } from '../address/ipv6.ts'
import { WeftError } from '../errors.ts'
import type { HostFacts } from '../host/facts.ts'
import { ipv4Of, ipv4sOf, ipv6sOf } from './ips.ts'
import { findOverlaps, findRules, type Subnet } from './overlap.ts'
import type { SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

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

const SUBNETS_OF_A_SITE = 0x1_0000

/** A /64 of a prefix of this host's own (RFC 4193): 40 random bits, so that two hosts never have the same. */
export function pickSubnet6(random: readonly number[], { seen, taken }: Surroundings): Ipv6Cidr {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = random
  const site = `fd${hex(a)}:${hex(b)}${hex(c)}:${hex(d)}${hex(e)}`
  for (let subnet = 0; subnet < SUBNETS_OF_A_SITE; subnet++) {
    const cidr = parseIpv6Cidr(`${site}:${subnet.toString(16)}::1/64`)
    if (cidr === undefined) break
    const isTaken = taken.some((each) => ipv6sOf(each).some((ip) => ipv6Overlaps(ip.cidr, cidr)))
    if (!isTaken && hostReasons({ family: 'ipv6', cidr }, seen).length === 0) return cidr
  }
  throw noneFree()
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

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
    ...hostReasons({ family: 'ipv4', cidr }, seen),
    ...networks.map(({ name }) => `network '${name}' has it`),
    ...(mayBeParents
      ? [
          'this host is a virtual machine, and until it has a default route it may be the range of its own host',
        ]
      : []),
  ]
}

function hostReasons(ip: Subnet, seen: SeenHost): string[] {
  return [...findOverlaps(ip, seen).map(({ sentence }) => sentence), ...findRules(ip, seen)]
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
