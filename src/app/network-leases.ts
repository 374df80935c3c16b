/** Who has which address on a network: on lease, kept for a machine, reserved, or fixed because its guest never asks. */
import type { MacAddress } from '../core/address/mac.ts'
import { parseKeptAddresses } from '../core/network/addresses/kept-addresses.ts'
import { keptAddressesFile, leaseFile } from '../core/host/paths.ts'
import { madeOnce } from '../core/host/read-once.ts'
import type { Holders } from '../core/network/addresses/choose-address.ts'
import { isLeaseCurrent, parseLeases, parseLeases6 } from '../core/network/addresses/leases.ts'
import { ipv4Of, ipv6Of } from '../core/network/ips.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import { unknownNetwork } from './find-network.ts'
import { holdersOf } from './keep-addresses.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'

export interface HeldAddress {
  /** Unknown of a DHCPv6 guest whose id does not tell. */
  readonly mac: MacAddress | undefined
  readonly ip: string
  readonly hostName: string | undefined
  /** DHCP's client id, or DHCPv6's DUID. */
  readonly clientId: string | undefined
  readonly isLeased: boolean
  /** Seconds since 1970; 0 is never. */
  readonly expires: number
  /** Why it will not be given to anybody else: `machine web`, `reservation`, `port box`. */
  readonly keptFor: string | undefined
}

/** IPv4 first, by MAC; also of a network that does not run. */
export async function networkAddresses(app: App, name: string): Promise<HeldAddress[]> {
  const seen = await lookAtNetworks(app, [name])
  const network = liveNetwork(app, seen, name)
  if (network === undefined) throw unknownNetwork(app, name)
  const holders = holdersOf(app, seen, name)
  const leased = leasedAddresses(network, holders)
  const known = new Set(leased.map(({ ip }) => ip))
  const others = unleasedAddresses(holders).filter(({ ip }) => !known.has(ip))
  return [...leased, ...others].sort(byFamilyAndMac)
}

/** What its guests have on lease; without a look at the host. */
export async function leasesOn(app: App, network: NetworkSpec): Promise<HeldAddress[]> {
  const { paths } = app.facts
  const leases = (await app.host.readTextFile(leaseFile(paths, network.name))) ?? ''
  if (leases === '') return []
  const held = heldOn(network, leases, await app.host.readTextFile(keptAddressesFile(paths, network.name)))
  const now = app.chance.now().getTime() / 1000
  return held.filter((lease) => isLeaseCurrent(lease, now))
}

/** As the files tell it, whether it has ended or not. */
const heldOn = madeOnce((network: NetworkSpec, leases: string, kept: string | undefined): HeldAddress[] =>
  leasedAddresses(network, {
    leases: parseLeases(leases),
    leases6: parseLeases6(leases),
    kept: parseKeptAddresses(kept),
  }).sort(byFamilyAndMac),
)

function leasedAddresses(
  network: NetworkSpec,
  { kept, leases, leases6 }: Omit<Holders, 'ports'>,
): HeldAddress[] {
  const machines = new Map<string, string>(
    kept.flatMap(({ ip, ip6, machine }) =>
      [ip, ip6].flatMap((each) => (each === undefined ? [] : [[each, `machine ${machine}`] as const])),
    ),
  )
  const macs = new Map(kept.map(({ ip6, mac }) => [ip6, mac]))
  const reserved = new Set<string>(
    [...(ipv4Of(network)?.dhcp?.hosts ?? []), ...(ipv6Of(network)?.dhcp?.hosts ?? [])].flatMap(
      ({ ip }) => ip ?? [],
    ),
  )
  const keptFor = (ip: string): string | undefined => (reserved.has(ip) ? 'reservation' : machines.get(ip))
  return [
    ...leases.map(({ mac, ip, hostName, clientId, expires }) => ({ mac, ip, hostName, clientId, expires })),
    ...leases6.map(({ mac, ip, hostName, duid, expires }) => ({
      mac: macs.get(ip) ?? mac,
      ip,
      hostName,
      clientId: duid,
      expires,
    })),
  ].map((lease) => ({ ...lease, isLeased: true, keptFor: keptFor(lease.ip) }))
}

/** Of machines that are off or have not asked yet, and of namespaces, which never do. */
function unleasedAddresses({ kept, ports }: Holders): HeldAddress[] {
  const unleased = { clientId: undefined, isLeased: false, expires: 0 }
  return [
    ...kept.flatMap(({ mac, ip, ip6, machine }) =>
      [ip, ip6].flatMap((each) =>
        each === undefined
          ? []
          : [{ ...unleased, mac, ip: each, hostName: machine, keptFor: `machine ${machine}` }],
      ),
    ),
    ...ports.flatMap(({ mac, ip, hostName, interface: name }) =>
      ip === undefined ? [] : [{ ...unleased, mac, ip, hostName, keptFor: `port ${hostName ?? name}` }],
    ),
  ]
}

function byFamilyAndMac(a: HeldAddress, b: HeldAddress): number {
  const order = ({ ip, mac }: HeldAddress): string => `${ip.includes(':') ? '6' : '4'} ${mac ?? '~'} ${ip}`
  return order(a) < order(b) ? -1 : 1
}
