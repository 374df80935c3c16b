/** A network that runs becomes another one, and its definition with it: one plan, wholly or not at all. */
import { WeftError } from '../core/errors.ts'
import { keptAddressesFile } from '../core/host/paths.ts'
import { ipv4Contains, ipv4ToNumber, type Ipv4Address } from '../core/address/ipv4.ts'
import { ipv4sOf } from '../core/network/ips.ts'
import {
  fittingAddresses,
  parseKeptAddresses,
  type KeptAddress,
} from '../core/network/addresses/kept-addresses.ts'
import type { Lease } from '../core/network/addresses/leases.ts'
import { pluggedLinks } from '../core/network/port.ts'
import { startProblems } from '../core/network/problems/problems.ts'
import { bridgeOf, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec, StoredNetwork } from '../core/network/spec.ts'
import { frozenProblems } from '../core/network/update/frozen.ts'
import { planNetworkUpdate, type NetworkChange } from '../core/network/update/plan-update.ts'
import type { Plan } from '../core/plan/plan.ts'
import { refuseWithoutKernel } from './refuse-queue.ts'
import { planDefinition } from './definitions.ts'
import { someOf } from './find-network.ts'
import { networkUpdateHooks } from './hooks.ts'
import { otherLiveNetworks } from './live-network.ts'
import { readLeases } from './network-state.ts'
import type { App } from './ports.ts'

/** What is to change: the running network, the definition that is kept, or both. */
export interface Wanted {
  readonly running?: NetworkChange | undefined
  readonly stored?: StoredNetwork | undefined
}

/** The definition first: it is what can be refused by a full disk. */
export async function planWanted(
  app: App,
  seen: SeenHost,
  { running, stored }: Wanted,
  title: string,
): Promise<Plan> {
  const kept = stored === undefined ? [] : (await planDefinition(app, app.networks, stored, title)).steps
  if (running !== undefined) await refuseWithoutKernel(app, running.wanted)
  const others = running === undefined ? [] : otherLiveNetworks(app, seen, running.live.name)
  const live = running === undefined ? [] : planNetworkUpdate(running, seen, app.facts, others).steps
  const hooks = running === undefined ? [] : await networkUpdateHooks(app, running.wanted)
  const steps = [...kept, ...live, ...(live.length === 0 ? [] : hooks)]
  return { title, steps, onFailure: 'take-back', isLasting: kept.length > 0 }
}

/** Throws 'needs-restart' or 'conflict'. `instead` is what to type to have it at the next start. */
export function refuseWhileRunning(app: App, seen: SeenHost, change: NetworkChange, instead: string): void {
  const { live, wanted } = change
  const problems = frozenProblems(change, pluggedLinks(live, seen, app.facts).length > 0)
  if (problems.length > 0)
    throw new WeftError('needs-restart', `network '${live.name}' cannot become that while it runs`, {
      problems,
      hint: `${instead} keeps it for the next start`,
    })
  const inTheWay = startProblems(wanted, seen)
  if (inTheWay.length > 0)
    throw new WeftError(
      'conflict',
      `could not change network '${live.name}': something on this host is in the way`,
      { problems: inTheWay },
    )
}

/** After the plan has been carried out: what runs is known without reading it again. */
export async function rememberWanted(app: App, seen: SeenHost, { running, stored }: Wanted): Promise<void> {
  const name = running?.wanted.name ?? stored?.spec.name ?? ''
  const bridgeIndex = bridgeOf(seen, name)?.index
  if (running !== undefined && bridgeIndex !== undefined)
    app.liveNetworks.set(name, { bridgeIndex, spec: running.wanted })
  if (stored !== undefined) await app.networks.refresh(name)
  app.events.emit({ kind: 'network', name, what: running === undefined ? 'defined' : 'updated' })
}

/** Guests whose address the network would not give any more: they have it until they ask again. */
export async function leaseNotes(app: App, { live, wanted }: NetworkChange): Promise<string[]> {
  const leases = await readLeases(app, live.name)
  const kept = parseKeptAddresses(await app.host.readTextFile(keptAddressesFile(app.facts.paths, live.name)))
  const lost = leases.filter((lease) => isGiven(live, lease, kept) && !isGiven(wanted, lease, kept))
  if (lost.length === 0) return []
  const who = someOf(lost.map(({ ip, hostName }) => (hostName === undefined ? ip : `${hostName} (${ip})`)))
  return [
    `${who} ${lost.length === 1 ? 'has' : 'have'} that address until the lease is renewed, then another`,
  ]
}

function isGiven(network: NetworkSpec, { ip, mac }: Lease, kept: readonly KeptAddress[]): boolean {
  const value = ipv4ToNumber(ip)
  const isBetween = (start: Ipv4Address, end: Ipv4Address): boolean =>
    ipv4ToNumber(start) <= value && value <= ipv4ToNumber(end)
  const isKept = fittingAddresses(network, kept).some((each) => each.mac === mac && each.ip === ip)
  return ipv4sOf(network).some(({ cidr, dhcp }) => {
    if (dhcp === undefined || !ipv4Contains(cidr, ip)) return false
    const own = dhcp.hosts.find((host) => host.mac === mac)
    if (own?.ip !== undefined) return own.ip === ip
    if (isKept) return true
    return dhcp.ranges.some(({ start, end }) => isBetween(start, end))
  })
}
