/** Another address for the host while it moves: what comes along, what is left behind, and who has to answer afterwards. */
import { parseIpv4Cidr, ipv4Bounds, ipv4FromNumber } from '../../address/ipv4.ts'
import type { InterfaceName } from '../../address/interface-name.ts'
import { run } from '../../plan/action.ts'
import { noUndo, type Step } from '../../plan/plan.ts'
import { comesWith } from './address-words.ts'
import { FOREVER, type Family, type SeenUplink, type UplinkAddress, type UplinkRoute } from './seen-uplink.ts'
import { ACCEPT_RA } from './settings.ts'
import { familyOf, isWithin, type StaticAddress, type WantedAddress } from './wanted-address.ts'

/** All that a link has of these families, besides link-local addresses. */
export interface Addressing {
  readonly families: readonly Family[]
  readonly addresses: readonly UplinkAddress[]
  readonly routes: readonly UplinkRoute[]
  /** Whoever keeps the link asks a DHCP server for an IPv4 address: one has to come. */
  readonly isLeased?: boolean
  /** Addresses on the same network that have to answer, and what they are: `the gateway`. */
  readonly named?: readonly { readonly ip: string; readonly what: string }[]
}

/** What a person has asked for. */
export function wantedAddressing(seen: SeenUplink, wanted: WantedAddress): Addressing {
  const { ipv4, ipv6, dns } = wanted
  const fixed = [ipv4, ipv6].filter((each) => typeof each === 'object')
  const families: Family[] = [
    ...(ipv4 === undefined ? [] : [4 as const]),
    ...(ipv6 === undefined ? [] : [6 as const]),
  ]
  const addresses = fixed.map(asAddress)
  const texts = fixed.map(cidrOf)
  const gateways = fixed.flatMap(({ gateway }) => gateway ?? [])
  return {
    families,
    addresses,
    routes: [
      ...seen.routes.filter((route) => families.includes(route.family) && survives(route, addresses, texts)),
      ...gateways.map((gateway): UplinkRoute => ({ family: familyOf(gateway), dst: 'default', gateway })),
    ],
    isLeased: ipv4 === 'dhcp',
    named: [
      ...gateways.map((ip) => ({ ip, what: 'the gateway' })),
      ...dns
        .filter((ip) => !gateways.includes(ip) && texts.some((text) => isWithin(text, ip)))
        .map((ip) => ({ ip, what: 'the name server' })),
    ],
  }
}

export const cidrOf = ({ ip, prefix }: StaticAddress): string => `${ip}/${String(prefix)}`

function asAddress(address: StaticAddress): UplinkAddress {
  const { ip: local, prefix: prefixlen } = address
  const cidr = parseIpv4Cidr(cidrOf(address))
  const forever = { valid_life_time: FOREVER, preferred_life_time: FOREVER }
  if (cidr === undefined) return { family: 'inet6', local, prefixlen, scope: 'global', ...forever }
  const broadcast = prefixlen > 30 ? {} : { broadcast: ipv4FromNumber(ipv4Bounds(cidr).last) }
  return { family: 'inet', local, prefixlen, scope: 'global', ...broadcast, ...forever }
}

/** Routes of an administrator that still lead somewhere. */
function survives(
  { protocol, dst, prefsrc, gateway, via, nexthops = [] }: UplinkRoute,
  addresses: readonly UplinkAddress[],
  texts: readonly string[],
): boolean {
  if (['kernel', 'dhcp', 'ra'].includes(protocol ?? '') || dst === 'default') return false
  if (prefsrc !== undefined && !addresses.some(({ local }) => local === prefsrc)) return false
  const hops = [gateway, via?.host, ...nexthops.map((hop) => hop.gateway ?? hop.via?.host)]
  return hops.every((ip) => ip === undefined || texts.some((text) => isWithin(text, ip)))
}

/** What comes back when the bridge goes: what runs out is asked for again by whoever keeps the NIC. */
export function formerAddressing(seen: SeenUplink, families: readonly Family[]): Addressing {
  const own = seen.addresses.filter((address) => isOf(address, families))
  const isLeased = own.some(({ family, valid_life_time: valid }) => family === 'inet' && valid !== FOREVER)
  const lasting = own.filter(({ valid_life_time: valid }) => valid === FOREVER)
  const goes = (route: UplinkRoute): boolean =>
    route.expires !== undefined ||
    route.protocol === 'kernel' ||
    (isLeased && route.family === 4 && isOfLease(route, lasting))
  return {
    families,
    addresses: lasting,
    routes: seen.routes.filter((route) => families.includes(route.family) && !goes(route)),
    isLeased,
  }
}

/** It comes with the lease, or leads nowhere before: some clients do not say that a route is theirs. */
function isOfLease(
  { protocol, prefsrc, gateway, nexthops = [] }: UplinkRoute,
  lasting: readonly UplinkAddress[],
): boolean {
  if (protocol === 'dhcp' || (prefsrc !== undefined && !lasting.some(({ local }) => local === prefsrc)))
    return true
  const networks = lasting.map(({ local, prefixlen: prefix }) => cidrOf({ ip: local, prefix }))
  return [gateway, ...nexthops.map((hop) => hop.gateway)].some(
    (ip) => ip !== undefined && !networks.some((network) => isWithin(network, ip)),
  )
}

/** What there is after a move: what was there before and stays, and what is new to this host. */
export interface Arrival {
  readonly seen: SeenUplink
  readonly fresh: readonly UplinkAddress[]
}

/** Without an addressing, all comes along as it is. */
export function arrivalOf(seen: SeenUplink, addressing: Addressing | undefined): Arrival {
  if (addressing === undefined) return { seen, fresh: [] }
  const { families, addresses, routes } = addressing
  const kept = seen.addresses.filter((address) => !isOf(address, families))
  const stays = (route: UplinkRoute): boolean =>
    !families.includes(route.family) || kept.some((address) => comesWith(address, route))
  // Else a router would give it others beside.
  const deaf = addresses.some(({ family }) => family === 'inet6') && seen.settings[ACCEPT_RA] !== undefined
  return {
    seen: {
      ...seen,
      addresses: kept,
      routes: [...seen.routes.filter(stays), ...routes],
      settings: deaf ? { ...seen.settings, [ACCEPT_RA]: '0' } : seen.settings,
    },
    fresh: addresses,
  }
}

/** As if all of it had been seen. */
export const allOf = ({ seen, fresh }: Arrival): SeenUplink => ({
  ...seen,
  addresses: [...fresh, ...seen.addresses],
})

/** What the host lacks in the meantime: on the way back it comes before what names it. */
export const goneOf = (
  { addresses }: SeenUplink,
  addressing: Addressing | undefined,
): readonly UplinkAddress[] =>
  addressing === undefined ? [] : addresses.filter((address) => isOf(address, addressing.families))

const isOf = ({ family, scope }: UplinkAddress, families: readonly Family[]): boolean =>
  family === 'inet' ? families.includes(4) : families.includes(6) && scope !== 'link'

/** Before anything moves: an address that somebody else has is nobody's. */
export function freeSteps(seen: SeenUplink, { fresh }: Arrival): Step[] {
  const own = new Set(seen.addresses.map(({ local }) => local))
  return fresh
    .filter(({ local }) => !own.has(local))
    .map(({ local }) => ({
      reason: `nobody on the cable of ${seen.name} has ${local}`,
      do: run('sh', '-c', FREE, 'free', local, seen.name),
      undo: noUndo('it only looks'),
    }))
}

/** The kernel asks three times, a second apart. */
const FREE = [
  'ip neigh replace "$1" dev "$2" use || exit 1;',
  'for twentieth in $(seq 120); do state=$(ip neigh show "$1" dev "$2");',
  'case $state in *REACHABLE*) echo "$1 is taken: $state" >&2; exit 1 ;; *FAILED*) break ;; esac; sleep 0.05; done;',
  'ip neigh delete "$1" dev "$2"; exit 0',
].join(' ')

/** When whoever keeps the link has been told. */
export function leasedSteps(link: InterfaceName, addressing: Addressing | undefined): Step[] {
  if (addressing?.isLeased !== true) return []
  const look = { undo: noUndo('it only looks') }
  return [
    {
      reason: `a DHCP server gives ${link} an address`,
      do: run('sh', '-c', LEASED, 'leased', link),
      ...look,
    },
    {
      reason: `the gateway that it names answers on ${link}`,
      do: run('sh', '-c', LEASED_GATEWAY, 'gateway', link),
      ...look,
    },
  ]
}

/** Thirty seconds: a DHCP client asks again after four, eight and sixteen. */
const LEASED = [
  'for tenth in $(seq 300); do',
  '[ -z "$(ip -4 -o addr show dev "$1" scope global dynamic)" ] || exit 0; sleep 0.1; done;',
  'echo "no DHCP server has answered on $1" >&2; exit 1',
].join(' ')

/** It is asked anew for as long as there is time: while whoever keeps the link puts its addresses there once more, nobody hears the question. */
const ANSWERS = [
  'ask() { ip neigh replace "$1" dev "$2" use; }; ask "$@" || exit 1;',
  'for twentieth in $(seq 120); do state=$(ip neigh show "$1" dev "$2"); case $state in',
  '*REACHABLE*) exit 0 ;; *INCOMPLETE* | *STALE* | *DELAY* | *PROBE*) ;; *) ask "$@" 2>/dev/null ;; esac;',
  'sleep 0.05; done;',
  'echo "$1 does not answer on $2" >&2; exit 1',
].join(' ')

const LEASED_GATEWAY = [
  'for tenth in $(seq 20); do gateway=$(ip -4 route show default dev "$1");',
  '[ -z "$gateway" ] || break; sleep 0.1; done;',
  'set -- $gateway "$1"; while [ $# -gt 2 ] && [ "$1" != via ]; do shift; done;',
  '[ "$1" = via ] || exit 0; gateway=$2; while [ $# -gt 1 ]; do shift; done; set -- "$gateway" "$1";',
  ANSWERS,
].join(' ')

/** Those that were not known before; the others are asked by the MAC that they had. */
export function namedSteps(
  { neighbours, name }: SeenUplink,
  link: InterfaceName,
  { named = [] }: Partial<Addressing> = {},
): Step[] {
  return named
    .filter(({ ip }) => name !== link && !neighbours.some(({ dst }) => dst === ip))
    .map(({ ip, what }) => ({
      reason: `${what} ${ip} answers on ${link}`,
      do: run('sh', '-c', ANSWERS, 'answers', ip, link),
      undo: noUndo('it only looks'),
    }))
}
