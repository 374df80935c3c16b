/**
 * Guests with addresses of the LAN behind a NIC that takes no bridge (radio, one MAC a customer): this host answers there in their place, for
 * these addresses alone, and routes what comes for them. proxy_arp would answer for everything that it has a route to.
 */
import { ipv4Contains, ipv4FromNumber, ipv4ToNumber, type Ipv4Address } from '../../address/ipv4.ts'
import { ipv6Contains, ipv6FromNumber, ipv6ToNumber, type Ipv6Address } from '../../address/ipv6.ts'
import { networkRunDirectory, type Paths } from '../../host/paths.ts'
import type { HostFacts } from '../../host/facts.ts'
import { run } from '../../plan/action.ts'
import { noUndo, type Step } from '../../plan/plan.ts'
import { isSwitched } from '../ips.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec, ProxiedRange, SwitchedNetwork } from '../spec.ts'

/** An entry of `ip neigh show proxy`. */
export interface SeenProxy {
  readonly address: string
  readonly device: string
}

/** Of all ranges together; each is an entry that the kernel looks for one by one. */
export const MOST_PROXIED = 256

export type ProxiedNetwork = SwitchedNetwork & Required<Pick<NetworkSpec, 'forwardDevice' | 'proxied'>>

export const isProxied = (network: NetworkSpec): network is ProxiedNetwork =>
  isSwitched(network) && network.proxied !== undefined && network.forwardDevice !== undefined

const isIpv6 = (address: string): boolean => address.includes(':')

/** One too many when there are more than `MOST_PROXIED`. */
export function proxiedAddresses(ranges: readonly ProxiedRange[]): string[] {
  const all: string[] = []
  for (const { start, end } of ranges) {
    const step = isIpv6(start)
      ? { from: ipv6ToNumber(start as Ipv6Address), to: ipv6ToNumber(end as Ipv6Address) }
      : { from: BigInt(ipv4ToNumber(start as Ipv4Address)), to: BigInt(ipv4ToNumber(end as Ipv4Address)) }
    for (let at = step.from; at <= step.to && all.length <= MOST_PROXIED; at++)
      all.push(isIpv6(start) ? ipv6FromNumber(at) : ipv4FromNumber(Number(at)))
  }
  return all
}

/** Kept while weft has switched it on: IPv6 asks a switch of the NIC before it looks at entries. */
const ndpNote = (paths: Paths, name: string): string => `${networkRunDirectory(paths, name)}/proxy_ndp`

export function proxySteps(wanted: NetworkSpec, seen: SeenHost, facts: HostFacts): Step[] {
  if (!isProxied(wanted)) return []
  const { forwardDevice: device, bridge } = wanted
  const all = proxiedAddresses(wanted.proxied)
  const has = new Set((seen.proxied ?? []).flatMap((each) => (each.device === device ? [each.address] : [])))
  const missing = all.filter((address) => !has.has(address))
  const far = all.filter((address) => !isOwn(wanted, address) && !isRouted(seen, address, bridge.name))
  return [
    ...(missing.some(isIpv6) ? [ndpStep(wanted, facts)] : []),
    ...(missing.length === all.length ? [freeStep(all, device)] : []),
    ...(far.length === 0
      ? []
      : [batchStep(`${summary(far)} is with a guest of ${wanted.name}`, routeLines(far, bridge.name))]),
    ...(missing.length === 0
      ? []
      : [
          batchStep(
            `this host answers on ${device} in place of the guests of ${wanted.name}, for ${summary(missing)} and nothing else`,
            entryLines(missing, device),
          ),
        ]),
  ]
}

/** The note says that weft has switched it on. */
function ndpStep({ name, forwardDevice: device }: ProxiedNetwork, { paths }: HostFacts): Step {
  const words = [ndpNote(paths, name), `/proc/sys/net/ipv6/conf/${device}/proxy_ndp`] as const
  return {
    reason: `${device} looks at such entries for IPv6 too, until ${name} is stopped`,
    do: run('sh', '-c', NDP_ON, 'on', ...words),
    undo: run('sh', '-c', NDP_OFF, 'off', ...words),
  }
}

const NDP_ON = '[ "$(cat "$2")" = 1 ] || { echo "$2" >"$1" && echo 1 >"$2"; }'
const NDP_OFF = '[ ! -e "$1" ] || { [ ! -e "$2" ] || echo 0 >"$2"; rm "$1"; }'

export function proxyStopSteps(
  live: NetworkSpec,
  seen: SeenHost,
  facts: HostFacts,
  others: readonly NetworkSpec[],
): Step[] {
  if (!isProxied(live)) return []
  const { forwardDevice: device, bridge } = live
  const all = proxiedAddresses(live.proxied)
  const has = (seen.proxied ?? []).filter((each) => each.device === device).map(({ address }) => address)
  const there = all.filter((address) => has.includes(address))
  const far = all.filter((address) => isRouted(seen, address, bridge.name))
  const note = ndpNote(facts.paths, live.name)
  const isShared = others.some(
    (other) =>
      isProxied(other) && other.forwardDevice === device && proxiedAddresses(other.proxied).some(isIpv6),
  )
  const back = (step: Step): Step[] =>
    step.undo.kind === 'none' ? [] : [{ ...step, do: step.undo, undo: step.do }]
  return [
    ...(there.length === 0
      ? []
      : back(
          batchStep(`nobody answers on ${device} for ${summary(there)} any more`, entryLines(there, device)),
        )),
    ...(far.length === 0
      ? []
      : back(batchStep(`${summary(far)} is nowhere any more`, routeLines(far, bridge.name)))),
    ...(seen.files.has(note) && !isShared
      ? back({ ...ndpStep(live, facts), reason: `${device} asks for itself alone again, as before` })
      : []),
  ]
}

interface Lines {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

const entryLines = (all: readonly string[], device: string): Lines => ({
  add: all.map((address) => `neigh replace proxy ${address} dev ${device}`),
  remove: all.map((address) => `neigh delete proxy ${address} dev ${device}`),
})

const routeLines = (all: readonly string[], bridge: string): Lines => ({
  add: all.map((address) => `route replace ${address} dev ${bridge}`),
  remove: all.map((address) => `route delete ${address} dev ${bridge}`),
})

function batchStep(reason: string, { add, remove }: Lines): Step {
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
  return {
    reason,
    do: { ...run('ip', '-batch', '-'), stdin: text(add) },
    undo: { ...run('ip', '-force', '-batch', '-'), stdin: text(remove), accept: [1] },
  }
}

/** `192.0.2.226 and 12 more`. */
function summary([first = '', ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} and ${String(more.length)} more`
}

/** It has a route already: the subnet's. */
function isOwn({ ips }: NetworkSpec, address: string): boolean {
  return ips.some((ip) =>
    ip.family === 'ipv4'
      ? !isIpv6(address) && ipv4Contains(ip.cidr, address as Ipv4Address)
      : isIpv6(address) && ipv6Contains(ip.cidr, address as Ipv6Address),
  )
}

function isRouted({ routes, routes6 }: SeenHost, address: string, bridge: string): boolean {
  return [...routes, ...routes6].some(
    ({ destination, device }) =>
      device === bridge &&
      destination.address === address &&
      destination.prefix === (isIpv6(address) ? 128 : 32),
  )
}

function freeStep(all: readonly string[], device: string): Step {
  return {
    reason: `nobody on the cable of ${device} has one of these addresses: ${summary(all)}`,
    do: run('sh', '-c', FREE, 'free', device, ...all),
    undo: noUndo('it only looks'),
  }
}

/** The kernel asks for each three times, a second apart. A router that answers for everybody, as hosters have them, says nothing about who is there. */
const FREE = [
  // Without a carrier nobody can answer.
  '[ "$(cat "/sys/class/net/$1/operstate")" = up ] || exit 0;',
  'device=$1; shift; routers=$(ip route show default dev "$device"; ip -6 route show default dev "$device");',
  'macs=; for word in $routers; do case $word in *.*|*:*) macs="$macs $(ip neigh show "$word" dev "$device")" ;; esac; done;',
  'for ip; do ip neigh replace "$ip" dev "$device" use || exit 1; done;',
  'for twentieth in $(seq 100); do case $(ip neigh show dev "$device") in *INCOMPLETE*) sleep 0.05 ;; *) break ;; esac; done;',
  'taken=; for ip; do set -- $(ip neigh show "$ip" dev "$device");',
  'case "$*" in *lladdr*) case $macs in *" $3 "*) ;; *) taken="$taken $ip ($3)" ;; esac ;; esac;',
  'ip neigh delete "$ip" dev "$device"; done;',
  '[ -z "$taken" ] || { echo "somebody has$taken" >&2; exit 1; }',
].join(' ')
