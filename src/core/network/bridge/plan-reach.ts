/**
 * A host and the guests that sit on its NIC: the kernel never hands a NIC what its own macvlans send. So the host sits on the NIC beside them, by
 * a macvlan of its own (the shim), which only they hear: the LAN knows the host by the NIC, and by nothing else.
 */
import { formatIpv4Network, ipv4Contains, type Ipv4Address, type Ipv4Cidr } from '../../address/ipv4.ts'
import { formatIpv6Network, ipv6Contains, type Ipv6Address, type Ipv6Cidr } from '../../address/ipv6.ts'
import type { InterfaceName } from '../../address/interface-name.ts'
import type { SeenLink } from '../../host/link.ts'
import { shimAlias } from '../../host/mark.ts'
import { nft, run, type Action } from '../../plan/action.ts'
import { invert, noUndo, type NoUndo, type Step } from '../../plan/plan.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec, ReachedPiece } from '../spec.ts'
import { disableIpv6Key } from './plan-bridge.ts'
import { sitsOnNics } from './plan-macvtap.ts'

export type ReachedNetwork = NetworkSpec & Required<Pick<NetworkSpec, 'hostReach' | 'devices'>>

export const isReached = (network: NetworkSpec): network is ReachedNetwork =>
  sitsOnNics(network) && network.hostReach !== undefined

/** The same whenever it is made: `shim927f4393`. */
export const shimName = ({ uuid }: Pick<NetworkSpec, 'uuid'>): InterfaceName =>
  `shim${uuid.slice(0, 8)}` as InterfaceName

export const shimTable = (network: Pick<NetworkSpec, 'uuid'>): string => `netdev weft_${shimName(network)}`

/** Asked of the kernel with `nft --check`, which changes nothing. */
export const EGRESS_PROBE = `add table netdev weft_probe
add chain netdev weft_probe leaves { type filter hook egress device "lo" priority 0 ; }
`

const shimMac = ({ uuid }: NetworkSpec): string => `02:${uuid.slice(-10).replaceAll(/..(?=.)/g, '$&:')}`

export const isPiece6 = (piece: ReachedPiece): piece is Ipv6Cidr => piece.address.includes(':')

export const pieceText = (piece: ReachedPiece): string =>
  isPiece6(piece) ? formatIpv6Network(piece) : formatIpv4Network(piece)

/** Whether the piece has the address, which may be of another family. */
export function pieceHas(piece: ReachedPiece, address: string): boolean {
  if (isPiece6(piece) !== address.includes(':')) return false
  return isPiece6(piece)
    ? ipv6Contains(piece, address as Ipv6Address)
    : ipv4Contains(piece, address as Ipv4Address)
}

/** This host's address of the piece's family on the NIC, if it can be one that guests know it by. */
export function hostAddress(
  nic: SeenLink | undefined,
  pieces: readonly ReachedPiece[],
  is6: boolean,
): string | undefined {
  const own: readonly (Ipv4Cidr | Ipv6Cidr)[] = (is6 ? nic?.ipv6 : nic?.ipv4) ?? []
  const near = own.filter((cidr) => pieces.some((piece) => pieceHas(cidr, piece.address)))
  // Of IPv6 the ones that change every day come first.
  const [first] = near.length > 0 ? (is6 ? near.toReversed() : near) : own
  return first?.address
}

/** `isGuarded`: what is heard has been seen to already. */
export function reachSteps(
  wanted: NetworkSpec,
  seen: SeenHost,
  { isGuarded = false }: { readonly isGuarded?: boolean } = {},
): Step[] {
  if (!isReached(wanted)) return []
  const name = shimName(wanted)
  const [device = ''] = wanted.devices
  const nic = seen.links.find((link) => link.name === device)
  const shim = seen.links.find((link) => link.name === name && link.sitsOn?.device === device)
  const own4 = hostAddress(nic, wanted.hostReach, false)
  const own6 = address6(wanted, nic, shim)
  const hasGuard = isGuarded || (shim !== undefined && isComplete(seen.shims?.get(wanted.name), wanted))
  return [
    ...(shim === undefined ? makeSteps(wanted) : []),
    ...(hasGuard ? [] : [guardStep(wanted)]),
    // One that is switched off loses its addresses of IPv6: on the way back they come after it.
    ...(shim?.isUp === true ? [] : [upStep(wanted)]),
    ...addressSteps(wanted, shim, own6),
    ...wanted.hostReach.flatMap((piece) => routeStep(wanted, piece, isPiece6(piece) ? own6 : own4, seen)),
  ]
}

/** For what is really there. */
export function reachStopSteps(live: NetworkSpec, seen: SeenHost): Step[] {
  if (!isReached(live)) return []
  const name = shimName(live)
  const isThere = seen.links.some((link) => link.name === name)
  if (!isThere && seen.shims?.get(live.name) === undefined) return []
  const nothing = {
    ...seen,
    links: seen.links.filter((link) => link.name !== name),
    routes: [],
    routes6: [],
    shims: new Map(),
  }
  return invert(reachSteps(live, nothing), ({ undo }) => wayBack(live, undo))
}

function wayBack(live: ReachedNetwork, undo: Action | NoUndo): string {
  const name = shimName(live)
  if (undo.kind === 'run' && undo.stdin !== undefined)
    return `nobody is left whom ${name} would have to be kept from`
  const [, object, what] = undo.kind === 'run' ? undo.argv.filter((word) => word !== '-6') : []
  if (object === 'route') return `guests of ${live.name} are not reached by ${name} any more`
  if (object === 'address') return `this host has no address on ${name} any more`
  return what === 'delete' ? `this host sits beside nobody any more` : `${name} is switched off`
}

export function makeSteps(wanted: ReachedNetwork): Step[] {
  const name = shimName(wanted)
  const [device = ''] = wanted.devices
  const because = noUndo(`it goes with ${name}`)
  const set = (key: string, value: string, reason: string): Step => ({
    reason,
    do: { kind: 'sysctl', key, value },
    undo: because,
  })
  const words = [
    'link',
    device,
    'name',
    name,
    'address',
    shimMac(wanted),
    'type',
    'macvlan',
    'mode',
    'bridge',
  ] as const
  return [
    {
      reason: `this host sits on ${device} beside the guests of ${wanted.name}: what they send never comes to ${device} itself`,
      do: run('ip', 'link', 'add', ...words),
      undo: { ...run('ip', 'link', 'delete', 'dev', name), accept: [1] },
    },
    set(
      `net.ipv4.conf.${name}.arp_filter`,
      '1',
      `${name} tells nobody where this host is but those it has a route to`,
    ),
    wanted.hostReach.some(isPiece6)
      ? set(
          `net.ipv6.conf.${name}.accept_ra`,
          '0',
          `${name} takes neither addresses nor routes from a router of the LAN`,
        )
      : set(disableIpv6Key(name), '1', `no guest of ${wanted.name} is said to have an address of IPv6`),
  ]
}

/** Both ways: else the LAN would learn two MACs for this host. */
export function guardStep(wanted: ReachedNetwork): Step {
  const table = shimTable(wanted)
  const [device = ''] = wanted.devices
  const mac = shimMac(wanted)
  return {
    reason: `only guests of ${wanted.name} hear ${shimName(wanted)}, and it hears only them: to the LAN this host is on ${device} alone`,
    do: nft([
      `add table ${table}`,
      `delete table ${table}`,
      `add table ${table}`,
      `add chain ${table} hears { type filter hook ingress device "${shimName(wanted)}" priority 0 ; policy drop ; }`,
      ...hears(wanted, mac).map((rule) => `add rule ${table} hears ${rule} accept`),
      `add chain ${table} leaves { type filter hook egress device "${device}" priority 0 ; policy accept ; }`,
      `add rule ${table} leaves ether saddr ${mac} drop`,
    ]),
    undo: nft([`add table ${table}`, `delete table ${table}`]),
  }
}

/** A guest that asks whether this host is still there does so from its address of the link. */
const hears = ({ hostReach }: ReachedNetwork, mac: string): string[] => [
  ...hostReach.flatMap((piece) =>
    isPiece6(piece)
      ? [`ip6 saddr ${pieceText(piece)}`]
      : [`arp saddr ip ${pieceText(piece)}`, `ip saddr ${pieceText(piece)}`],
  ),
  ...(hostReach.some(isPiece6) ? [`ip6 saddr fe80::/10 ether daddr ${mac}`] : []),
]

function isComplete(listing: string | undefined, wanted: ReachedNetwork): boolean {
  if (listing === undefined) return false
  const mac = shimMac(wanted)
  const has = new Set(listing.split('\n').map((line) => line.trim()))
  return (
    [`ether saddr ${mac} drop`, ...hears(wanted, mac).map((rule) => `${inListing(rule)} accept`)].every(
      (line) => has.has(line),
    ) &&
    listing.includes('hook ingress device') &&
    listing.includes('hook egress device')
  )
}

/** nft leaves out the prefix of a single address. */
const inListing = (rule: string): string => rule.replace(/(\.\d+)\/32$/, '$1').replace(/\/128$/, '')

/** What it has already stays as long as the NIC has it. */
function address6(
  wanted: ReachedNetwork,
  nic: SeenLink | undefined,
  shim: SeenLink | undefined,
): string | undefined {
  if (!wanted.hostReach.some(isPiece6)) return undefined
  const kept = shim?.ipv6.find(({ address }) => nic?.ipv6.some((each) => each.address === address) === true)
  return kept?.address ?? hostAddress(nic, wanted.hostReach, true)
}

/** IPv6 answers only for addresses that the link itself has. */
function addressSteps(wanted: ReachedNetwork, shim: SeenLink | undefined, own6: string | undefined): Step[] {
  const name = shimName(wanted)
  const change = (verb: string, address: string): Step['do'] => ({
    ...run(
      'ip',
      'address',
      verb,
      `${address}/128`,
      'dev',
      name,
      ...(verb === 'add' ? ['nodad', 'noprefixroute'] : []),
    ),
    accept: verb === 'add' ? [] : [1, 2],
  })
  const stale = (shim?.ipv6 ?? []).filter(({ address }) => own6 !== undefined && address !== own6)
  return [
    ...stale.map(({ address }) => ({
      reason: `${address} is not this host's address any more`,
      do: change('delete', address),
      undo: noUndo('it is not this host’s'),
    })),
    ...(own6 === undefined || shim?.ipv6.some(({ address }) => address === own6) === true
      ? []
      : [
          {
            reason: `to the guests of ${wanted.name} this host is ${own6} on ${name} too`,
            do: change('add', own6),
            undo: change('delete', own6),
          },
        ]),
  ]
}

function upStep(wanted: ReachedNetwork): Step {
  const name = shimName(wanted)
  return {
    reason: `${name} is marked, so that everybody can see whose it is, and switched on`,
    do: run('ip', 'link', 'set', 'dev', name, 'alias', shimAlias(wanted.name), 'up'),
    undo: { ...run('ip', 'link', 'set', 'dev', name, 'down'), accept: [1] },
  }
}

export function hasRoute(
  piece: ReachedPiece,
  name: string,
  seen: Pick<SeenHost, 'routes' | 'routes6'>,
): boolean {
  const address = pieceText(piece).replace(/\/.*/, '')
  return [...seen.routes, ...seen.routes6].some(
    ({ destination, device }) =>
      device === name && destination.address === address && destination.prefix === piece.prefix,
  )
}

/** Without an address of this host there is nothing that guests could answer to. */
export function routeStep(
  wanted: ReachedNetwork,
  piece: ReachedPiece,
  own: string | undefined,
  seen: SeenHost,
): Step[] {
  const name = shimName(wanted)
  const to = pieceText(piece)
  if (own === undefined || hasRoute(piece, name, seen)) return []
  // Of IPv6 the address of the link itself is taken.
  const words = isPiece6(piece)
    ? ['-6', 'route', 'add', to, 'dev', name]
    : ['route', 'add', to, 'dev', name, 'src', own]
  return [
    {
      reason: `${to} is with guests of ${wanted.name}, and they know this host as ${own}`,
      do: run('ip', ...words),
      undo: {
        ...run('ip', ...(isPiece6(piece) ? ['-6'] : []), 'route', 'delete', to, 'dev', name),
        accept: [1, 2],
      },
    },
  ]
}
