/** What is wrong with an address that somebody asks for: it is not the network's to give, or somebody else's. */
import type { Problem } from '../../errors.ts'
import type { Asker, Holders } from '../addresses/choose-address.ts'
import { reservedProblems } from './ip-problems.ts'
import { reservedProblems6 } from './ip6-problems.ts'
import type { KeptAddress } from '../addresses/kept-addresses.ts'
import { ipv4Of, ipv6Of, isSwitched } from '../ips.ts'
import type { NetworkSpec } from '../spec.ts'

/** `path` is that of the NIC: `nics[0]`. */
export function askedProblems(network: NetworkSpec, asker: Asker, holders: Holders, path: string): Problem[] {
  return [
    ...askedProblems4(network, asker, holders, `${path}.ip`),
    ...askedProblems6(network, asker, holders, `${path}.ip6`),
  ]
}

function askedProblems4(network: NetworkSpec, asker: Asker, holders: Holders, path: string): Problem[] {
  const { ip, mac } = asker
  if (ip === undefined) return []
  const own = ipv4Of(network)
  if (own?.dhcp === undefined || !isSwitched(network)) return [givesNone(network, 'IPv4', path)]
  const problems = reservedProblems(own.cidr, ip, path)
  const { hosts } = own.dhcp
  const mine = hosts.find((host) => host.mac === mac && host.ip !== undefined && host.ip !== ip)
  if (mine !== undefined) {
    const message = `network '${network.name}' reserves ${mine.ip ?? ''} for ${mac}, not ${ip}`
    problems.push({ path, message, hint: `change the reservation: weft net edit ${network.name}` })
  }
  const isHere = new Set(holders.ports.map((port) => port.mac))
  const holder =
    hosts
      .filter((host) => host.ip === ip && host.mac !== mac)
      .map(({ mac, name }) => `reserved for ${mac ?? name ?? ''}`)[0] ??
    holders.kept
      .filter((each) => each.ip === ip && each.mac !== mac)
      .map(({ machine }) => `kept for machine '${machine}'`)[0] ??
    holders.ports
      .filter((port) => port.ip === ip && port.mac !== mac)
      .map((port) => `the address of '${port.hostName ?? port.interface}'`)[0] ??
    holders.leases
      .filter((lease) => lease.ip === ip && lease.mac !== mac && isHere.has(lease.mac))
      .map((lease) => `leased by ${lease.mac}, which is plugged in`)[0]
  return holder === undefined ? problems : [...problems, isTaken(network, ip, holder, path)]
}

function askedProblems6(
  network: NetworkSpec,
  { ip6, mac }: Asker,
  { kept }: Holders,
  path: string,
): Problem[] {
  if (ip6 === undefined) return []
  const own = ipv6Of(network)
  if (own?.dhcp === undefined || !isSwitched(network)) return [givesNone(network, 'IPv6', path)]
  const problems = reservedProblems6(own.cidr, ip6, path)
  const holder =
    own.dhcp.hosts
      .filter((host) => host.ip === ip6)
      .map(({ id, name }) => `reserved for ${name ?? id ?? ''}`)[0] ??
    kept
      .filter((each) => each.ip6 === ip6 && each.mac !== mac)
      .map(({ machine }) => `kept for machine '${machine}'`)[0]
  return holder === undefined ? problems : [...problems, isTaken(network, ip6, holder, path)]
}

function givesNone({ name }: NetworkSpec, family: string, path: string): Problem {
  const message = `network '${name}' gives out no ${family} addresses: it has no DHCP of weft's`
  return { path, message, hint: 'leave the address out here and set it inside the guest' }
}

function isTaken({ name }: NetworkSpec, ip: string, because: string, path: string): Problem {
  return { path, message: `${ip} is ${because}`, hint: `see who has which: weft net leases ${name}` }
}

/** Reservations of a definition for addresses that machines keep: those would have to move. */
export function keptProblems(network: NetworkSpec, kept: readonly KeptAddress[]): Problem[] {
  return network.ips.flatMap(({ dhcp }, index) =>
    (dhcp?.hosts ?? []).flatMap((host, place) => {
      const holder = kept.find(
        ({ ip, ip6 }) => host.ip !== undefined && [ip, ip6].includes(host.ip as typeof ip),
      )
      const isOwn = ('mac' in host && host.mac === holder?.mac) || host.name === holder?.machine
      if (holder === undefined || isOwn) return []
      const message = `${host.ip ?? ''} is kept for machine '${holder.machine}'`
      const hint = `give that another one first: weft vm set ${holder.machine} --ip ADDRESS`
      return [{ path: `ips[${String(index)}].dhcp.hosts[${String(place)}].ip`, message, hint }]
    }),
  )
}
