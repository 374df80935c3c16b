/**
 * How the host moves from its NIC to a bridge over it, and back: lines of `ip -batch`, in the order in which the least is lost. Until the
 * last address of the old link goes, both have them: an address that this host never loses costs no connection.
 */
import { addressWords, comesWith, networkOf, whichAddress, type Seconds } from './address-words.ts'
import { hasGateway, routeWords } from './route-words.ts'
import type { SeenUplink, UplinkAddress, UplinkRoute } from './seen-uplink.ts'

export interface Move {
  /** As seen on the link the host is on now: the one or the other. */
  readonly seen: SeenUplink
  readonly nic: string
  readonly bridge: string
  readonly seconds: Seconds
  /** Addresses that this host has not yet: they come before the routes that name them. */
  readonly fresh?: readonly UplinkAddress[]
  /** What goes from the old link, where that is not the same. */
  readonly leaves?: SeenUplink
}

export const atOnce: Seconds = (seconds) => String(Math.max(1, Math.floor(seconds)))

/** From the NIC onto the bridge. The cable first: until the routes follow, what is sent still leaves by the NIC. */
export function toBridgeLines(move: Move): string[] {
  const { seen, nic, bridge, leaves = seen } = move
  const mode = addressMode(seen)
  return [
    `link set dev ${nic} master ${bridge}`,
    ...arriveLines(move, bridge),
    ...leaveLines(leaves, nic),
    // Should its cable be pulled and plugged in again, it is not to make itself an address.
    ...(mode === undefined ? [] : addressModeLines(nic, 'none')),
    ...addressModeLines(bridge, mode),
  ]
}

/** Onto the bridge from nowhere: the NIC has nothing yet. Where there is no neighbour to delete, `ip -force` ends all the same. */
export function onBridgeLines(move: Move): string[] {
  const { seen, nic, bridge } = move
  return [
    `link set dev ${nic} master ${bridge}`,
    ...arriveLines(move, bridge),
    ...addressModeLines(bridge, addressMode(seen)),
  ]
}

/** Back to the NIC; the bridge goes. Each way is harmless half-way through the other, when what cannot be done is passed over. */
export function backToNicLines(move: Move): string[] {
  const { seen, nic, bridge } = move
  return [
    `link set dev ${nic} nomaster`,
    ...arriveLines(move, nic),
    ...addressModeLines(nic, addressMode(seen)),
    // Deleting one that is up takes longer: until it is down its routes are followed.
    `link set dev ${bridge} down`,
    `link delete dev ${bridge}`,
  ]
}

const MODES = ['eui64', 'none', 'stable_secret', 'random'] as const

/** How a link makes its IPv6 link-local address; undefined where there is no IPv6. */
export const addressMode = ({ settings }: SeenUplink): string | undefined =>
  MODES[Number(settings['ipv6.conf.addr_gen_mode'])]

const addressModeLines = (link: string, mode: string | undefined): string[] =>
  mode === undefined ? [] : [`link set dev ${link} addrgenmode ${mode}`]

/**
 * IPv4's routes before all else: where rp_filter is strict, what comes in is dropped until they lead where it came from. The kernel adds
 * those that come with an address after the ones that are there, which would be too late, and is content to find them.
 */
function arriveLines({ seen, seconds, fresh = [] }: Move, to: string): string[] {
  const names = { from: seen.name, to, seconds }
  const own = ownRoutes(seen)
  const first = [...seen.routes.filter((route) => !own.includes(route)), ...own].filter(isIpv4)
  return [
    ...fresh.map((address) => ['address', 'replace', ...addressWords(address, names)]),
    ...first.map((route) => ['route', 'prepend', ...routeWords(route, to, seconds)]),
    ...seen.addresses.map((address) => ['address', 'replace', ...addressWords(address, names)]),
    // They have no such order.
    ...own
      .filter((route) => !isIpv4(route))
      .map((route) => ['route', 'append', ...routeWords(route, to, seconds)]),
    ...missingRoutes(seen).map((words) => ['route', 'delete', ...words, 'dev', to]),
    ...seen.neighbours.map(({ dst, lladdr, isPermanent }) => {
      const state = isPermanent ? 'permanent' : 'stale'
      return ['neigh', 'replace', dst, 'lladdr', lladdr, 'dev', to, 'nud', state]
    }),
    ...seen.proxied.map((address) => ['neigh', 'replace', 'proxy', address, 'dev', to]),
  ].map((words) => words.join(' '))
}

const isIpv4 = ({ family }: UplinkRoute): boolean => family === 4

/** The other way round: a secondary address goes with its primary one. */
function leaveLines(seen: SeenUplink, link: string): string[] {
  return [
    ...ownRoutes(seen).map((route) => ['route', 'delete', ...routeWords(route, link)]),
    ...seen.proxied.map((address) => ['neigh', 'delete', 'proxy', address, 'dev', link]),
    ...seen.addresses
      .toReversed()
      .map((address) => ['address', 'delete', ...whichAddress(address), 'dev', link]),
  ].map((words) => words.join(' '))
}

/** Those that do not come with an address; what has a gateway comes after what leads to it. */
export function ownRoutes({ routes, addresses }: SeenUplink): readonly UplinkRoute[] {
  const own = routes.filter((route) => !addresses.some((address) => comesWith(address, route)))
  return [...own.filter((route) => !hasGateway(route)), ...own.filter(hasGateway)]
}

/** Somebody has taken away what the kernel makes with an address. */
function missingRoutes({ addresses, routes }: SeenUplink): string[][] {
  return addresses
    .filter(
      (address) =>
        address.noprefixroute !== true &&
        !(address.family === 'inet' && address.prefixlen === 32 && address.address === undefined) &&
        !routes.some((route) => comesWith(address, route)),
    )
    .map((address) => [networkOf(address) ?? address.local, 'proto', 'kernel'])
}
