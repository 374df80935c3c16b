/** Addresses that machines keep: chosen when one is created or starts, given up when it is deleted. */
import type { Problem } from '../core/errors.ts'
import { leaseFile } from '../core/host/paths.ts'
import { askedProblems } from '../core/network/problems/address-problems.ts'
import { chooseAddresses, type Asker, type Holders } from '../core/network/addresses/choose-address.ts'
import {
  keepSteps,
  keptAddresses,
  seenWithKept,
  type KeptAddress,
} from '../core/network/addresses/kept-addresses.ts'
import { isSwitched } from '../core/network/ips.ts'
import { isLeaseCurrent, parseLeases, parseLeases6 } from '../core/network/addresses/leases.ts'
import { dnsmasqSteps } from '../core/network/dnsmasq/plan-dnsmasq.ts'
import { dropLeaseSteps, releaseSteps } from '../core/network/addresses/plan-leases.ts'
import { portsOf } from '../core/network/port.ts'
import { isActive, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { Step } from '../core/plan/plan.ts'
import { guestName, networksOf } from '../core/vm/nics.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { liveNetwork } from './live-network.ts'
import type { App } from './ports.ts'

export interface Keeping {
  /** Writes down what is new. */
  readonly steps: readonly Step[]
  /** What will be seen afterwards: for the planners of the same plan. */
  readonly seen: SeenHost
  /** What was chosen for the caller, in sentences. */
  readonly notes: readonly string[]
}

/**
 * Every NIC on a network with DHCP of weft's has an address of its own from here on; what was kept on networks it has left is free.
 * Needs a look with all of these.
 */
export function keepAddresses(app: App, spec: VmSpec, seen: SeenHost, left: readonly string[] = []): Keeping {
  return keepOn(app, [...new Set([...networksOf(spec), ...left])], seen, (network, holders) => {
    const askers = askersOf(spec, network.name)
    const macs = new Set(askers.map(({ mac }) => mac))
    const kept = holders.kept.filter(({ machine, mac }) => machine !== spec.name || macs.has(mac))
    return chooseAddresses(network, askers, { ...holders, kept })
  })
}

/** The machine will not come back: others may have what was kept for it. */
export function giveUpAddresses(app: App, spec: VmSpec, seen: SeenHost): Keeping {
  return keepOn(app, networksOf(spec), seen, (_network, { kept }) =>
    kept.filter(({ machine }) => machine !== spec.name),
  )
}

function keepOn(
  app: App,
  names: readonly string[],
  before: SeenHost,
  choose: (network: NetworkSpec, holders: Holders) => readonly KeptAddress[],
): Keeping {
  return names.reduce<Keeping>(
    (so, name) => {
      const network = networkOf(app, so.seen, name)
      if (network === undefined) return so
      const holders = holdersOf(app, so.seen, name)
      const wanted = choose(network, holders)
      const known = new Set(holders.kept.map(keyOf))
      const added = wanted.filter((each) => !known.has(keyOf(each)))
      return {
        steps: [...so.steps, ...keepSteps(name, wanted, so.seen, app.facts)],
        seen: seenWithKept(name, wanted, so.seen, app.facts),
        notes: [...so.notes, ...added.map((each) => `address on network '${name}': ${addressesOf(each)}`)],
      }
    },
    { steps: [], seen: before, notes: [] },
  )
}

/** What is wrong with the addresses the definition asks for. */
export function addressProblems(app: App, spec: VmSpec, seen: SeenHost): Problem[] {
  return networksOf(spec).flatMap((name) => {
    const network = networkOf(app, seen, name)
    if (network === undefined) return []
    const holders = holdersOf(app, seen, name)
    return askersOf(spec, name).flatMap((asker) => {
      const place = spec.nics.findIndex(({ mac }) => mac === asker.mac)
      const twice = spec.nics
        .slice(0, place)
        .some(({ network: on, ip }) => on === name && ip !== undefined && ip === asker.ip)
      const path = `nics[${String(place)}]`
      const again: Problem = {
        path: `${path}.ip`,
        message: `two NICs of the machine ask for ${asker.ip ?? ''}`,
        hint: 'one address is for one NIC',
      }
      return [...(twice ? [again] : []), ...askedProblems(network, asker, holders, path)]
    })
  })
}

/** dnsmasq hears of it at once where it runs, so that nobody else is given the address meanwhile. */
export function tellSteps(app: App, names: readonly string[], seen: SeenHost): Step[] {
  return names.flatMap((name) => {
    const live = isActive(seen, name) ? liveNetwork(app, seen, name) : undefined
    const ports = portsOf(name, seen, app.facts)
    if (live === undefined || !seen.dnsmasqRunning.has(name) || ports.length === 0) return []
    return dnsmasqSteps(live, ports, seen, app.facts)
  })
}

/** For a machine that does not run and will not come back: its leases end now, and dnsmasq hears that its addresses are free. */
export function freeSteps(app: App, spec: VmSpec, seen: SeenHost): Step[] {
  const macs = new Set(spec.nics.map(({ mac }) => mac))
  return networksOf(spec).flatMap((name) => {
    const network = networkOf(app, seen, name)
    if (network === undefined || !isSwitched(network)) return []
    const leases = holdersOf(app, seen, name).leases.filter(({ mac }) => macs.has(mac))
    return seen.dnsmasqRunning.has(name)
      ? [...tellSteps(app, [name], seen), ...releaseSteps(network, leases, app.facts)]
      : dropLeaseSteps(network, leases, seen, app.facts)
  })
}

export function holdersOf(app: App, seen: SeenHost, network: string): Holders {
  return {
    kept: keptAddresses(network, seen, app.facts),
    ports: portsOf(network, seen, app.facts),
    ...currentLeases(app, seen.files.get(leaseFile(app.facts.paths, network))),
  }
}

/** Those that have not ended, of the text of a file of leases. */
function currentLeases(app: App, text = ''): Pick<Holders, 'leases' | 'leases6'> {
  const now = app.chance.now().getTime() / 1000
  return {
    leases: parseLeases(text).filter((lease) => isLeaseCurrent(lease, now)),
    leases6: parseLeases6(text).filter((lease) => isLeaseCurrent(lease, now)),
  }
}

function askersOf(spec: VmSpec, network: string): Asker[] {
  return spec.nics
    .filter((nic) => nic.network === network)
    .map((nic) => ({
      mac: nic.mac,
      machine: spec.name,
      hostName: guestName(spec, nic),
      ip: nic.ip,
      ip6: nic.ip6,
    }))
}

/** As it runs, else as it is defined. */
export function networkOf(app: App, seen: SeenHost, name: string): NetworkSpec | undefined {
  const live = isActive(seen, name) ? liveNetwork(app, seen, name) : undefined
  return live ?? app.networks.find(name)?.spec
}

const addressesOf = ({ ip, ip6 }: KeptAddress): string =>
  [ip, ip6].filter((each) => each !== undefined).join(' and ')
const keyOf = ({ mac, ip, ip6 }: KeptAddress): string => `${mac} ${ip ?? ''} ${ip6 ?? ''}`
