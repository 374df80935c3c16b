/** Whether whoever was there before the host moved is there afterwards. */
import type { InterfaceName } from '../../address/interface-name.ts'
import { run } from '../../plan/action.ts'
import { noUndo, type Step } from '../../plan/plan.ts'
import { ownRoutes } from './move.ts'
import type { SeenUplink, UplinkAddress } from './seen-uplink.ts'

/** Somebody whom the host must not lose, besides its gateways. */
export interface Watched {
  readonly ip: string
  /** `the name server`, `you at`: before the address. */
  readonly what: string
}

/** Those that were known to answer on this cable: who was silent before says nothing now, and who is further away is behind a gateway. */
export function probeSteps(seen: SeenUplink, link: InterfaceName, watched: readonly Watched[] = []): Step[] {
  return answering(seen, watched).map(({ what, ip, mac }) => ({
    reason: `${what} ${ip}, which answered on ${seen.name}, answers on ${link}`,
    do: run('sh', '-c', PROBE, 'probe', ip, mac, link),
    undo: noUndo('it only looks'),
  }))
}

function answering(seen: SeenUplink, watched: readonly Watched[]): (Watched & { readonly mac: string })[] {
  const hops = ownRoutes(seen).flatMap((route) => [route, ...(route.nexthops ?? [])])
  const gateways = hops.flatMap(({ gateway, via }) => gateway ?? via?.host ?? [])
  const all = new Map([
    ...watched.map(({ ip, what }) => [ip, what] as const),
    ...gateways.map((ip) => [ip, 'the gateway'] as const),
  ])
  return seen.neighbours.flatMap(({ dst: ip, lladdr: mac, isPermanent }) => {
    const what = all.get(ip)
    return what === undefined || isPermanent ? [] : [{ what, ip, mac }]
  })
}

/**
 * The kernel asks it three times by its MAC, a second apart; then it is FAILED. It is asked anew for as long as there is time: whoever keeps
 * the link may put its addresses there once more, and the kernel forgets a neighbour, or asks without an address, while there are none.
 */
const PROBE = [
  'ask() { ip neigh replace "$1" lladdr "$2" dev "$3" nud probe; };',
  'ask "$@" || exit 1;',
  'for twentieth in $(seq 120); do state=$(ip neigh show "$1" dev "$3");',
  'case $state in *REACHABLE*) exit 0 ;; *PROBE*) ;; *) ask "$@" 2>/dev/null ;; esac; sleep 0.05; done;',
  'echo "$1 does not answer on $3" >&2; exit 1',
].join(' ')

/** Whoever keeps the link may have asked for a lease again: it is to be the same. */
export function keptSteps(
  { addresses, name }: SeenUplink,
  link: InterfaceName,
  fresh: readonly UplinkAddress[] = [],
): Step[] {
  const own = addresses.filter(({ scope, temporary }) => scope === 'global' && temporary !== true)
  return [...fresh, ...own]
    .map((address) => ({
      local: address.local,
      as: fresh.includes(address) ? '' : `, as it had on ${name}`,
    }))
    .map(({ local, as }) => ({
      reason: `the host has ${local} on ${link}${as}`,
      do: run('sh', '-c', KEPT, 'kept', local, link),
      undo: noUndo('it only looks'),
    }))
}

/** Twenty seconds: a DHCP client asks again after four, eight and sixteen. */
const KEPT = [
  'for tenth in $(seq 200); do',
  'case $(ip -o addr show dev "$2" -tentative) in *" $1/"* | *" $1 peer "*) exit 0 ;; esac; sleep 0.1; done;',
  'echo "$1 is not on $2" >&2; exit 1',
].join(' ')
