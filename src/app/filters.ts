/** Network filters: defined, forgotten, and given to ports; those that every libvirt brings are always there. */
import { WeftError } from '../core/errors.ts'
import { flattenFilter } from '../core/network/filter/flatten-filter.ts'
import {
  isInclude,
  type FilterParameter,
  type FilterReference,
  type FilterSpec,
  type PortFilter,
} from '../core/network/filter/filter-spec.ts'
import { STOCK_FILTERS } from '../core/network/filter/stock-filters.ts'
import { keptAddresses, pinnedAddresses, type KeptAddress } from '../core/network/addresses/kept-addresses.ts'
import { recordSteps } from '../core/network/bridge/plan-port.ts'
import { guardSteps } from '../core/network/guard/plan-guard.ts'
import { ipv4sOf } from '../core/network/ips.ts'
import { portsOf, type PortSpec } from '../core/network/port.ts'
import { activeNetworks, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { Step } from '../core/plan/plan.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { planDefinition, planForget } from './definitions.ts'
import { HOST_QUEUE } from './find-network.ts'
import { liveNetwork, lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'

/** By name; somebody's own takes the place of one that every libvirt brings. */
export function listFilters(app: App): FilterSpec[] {
  const own = app.filters.list()
  const names = new Set(own.map(({ name }) => name))
  return [...own, ...STOCK_FILTERS.filter(({ name }) => !names.has(name))].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )
}

/** One of the same name is replaced, where its UUID says so; ports that it is in use at are held to the new one at once. */
export function defineFilter(
  app: App,
  wanted: FilterSpec,
  request: ChangeRequest,
): Promise<Changed<'defined'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    refuseOther(app, wanted)
    refuseLoop(app, wanted)
    const plan = await planDefinition(app, app.filters, wanted, `define network filter '${wanted.name}'`)
    const after = [wanted, ...listFilters(app).filter(({ name }) => name !== wanted.name)]
    const steps = plan.steps.length === 0 ? [] : await renewSteps(app, wanted.name, after)
    const changed = await carryOut(app, request, { ...plan, steps: [...plan.steps, ...steps] }, 'defined')
    if (!request.dryRun) await app.filters.refresh(wanted.name)
    return changed
  })
}

/** Throws in-use where a port is held to it, by whatever way. */
export function undefineFilter(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'undefined'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const filter = app.filters.find(name)
    if (filter === undefined)
      throw new WeftError('wrong-state', `the filter '${name}' is one that every libvirt brings: it stays`)
    const users = (await filteredPorts(app)).filter((port) => leadsTo(port.filter, name))
    if (users.length > 0) throw new WeftError('in-use', 'nwfilter is in use')
    const plan = await planForget(app, app.filters, filter, `undefine network filter '${name}'`)
    const changed = await carryOut(app, request, plan, 'undefined')
    if (!request.dryRun) await app.filters.refresh(name)
    return changed
  })
}

function refuseOther(app: App, { name, uuid }: FilterSpec): void {
  const all = listFilters(app)
  const same = all.find((each) => each.uuid === uuid)
  if (same !== undefined && same.name !== name)
    throw new WeftError(
      'already-exists',
      `filter with same UUID but different name ('${same.name}') already exists`,
    )
  const other = same === undefined ? all.find((each) => each.name === name) : undefined
  if (other !== undefined)
    throw new WeftError('already-exists', `filter '${name}' already exists with uuid ${other.uuid}`)
}

function refuseLoop(app: App, wanted: FilterSpec): void {
  const known = new Map([...listFilters(app), wanted].map((filter) => [filter.name, filter]))
  const walk = (name: string, around: readonly string[]): void => {
    if (around.includes(name)) throw new WeftError('already-exists', 'filter would introduce a loop')
    for (const entry of known.get(name)?.entries ?? [])
      if (isInclude(entry)) walk(entry.filter, [...around, name])
  }
  walk(wanted.name, [])
}

export interface FilteredPort extends PortSpec {
  readonly filter: PortFilter
}

const isFiltered = (port: PortSpec): port is FilteredPort => port.filter !== undefined

const leadsTo = ({ filters }: PortFilter, name: string): boolean => filters.some((each) => each.name === name)

/** All that are plugged in and held to a filter. */
export async function filteredPorts(app: App): Promise<FilteredPort[]> {
  const names = networkNames(app)
  const seen = await lookAtNetworks(app, names)
  return names.flatMap((name) => portsOf(name, seen, app.facts).filter(isFiltered))
}

const networkNames = (app: App): string[] => [
  ...new Set([...app.networks.list().map(({ spec }) => spec.name), ...app.liveNetworks.keys()]),
]

/** Ports that are held to it already: the same NICs with what it says now. */
async function renewSteps(app: App, name: string, filters: readonly FilterSpec[]): Promise<Step[]> {
  const seen = await lookAtNetworks(app, networkNames(app))
  return activeNetworks(seen).flatMap((network): Step[] => {
    const live = liveNetwork(app, seen, network)
    if (live === undefined) return []
    const before = portsOf(network, seen, app.facts)
    const ports = before.map((port) => {
      if (!isFiltered(port) || !leadsTo(port.filter, name)) return port
      const filter = { ...port.filter, filters: closure(port.filter.name, filters) }
      flattenFilter(filter)
      return { ...port, filter }
    })
    const changed = ports.filter((port, i) => port !== before[i])
    if (changed.length === 0) return []
    return [
      ...changed.flatMap((port) => recordSteps(port, live, seen, app.facts)),
      ...guardSteps(live, ports, seen),
    ]
  })
}

/** A filter with all that it leads to; what is missing shows when it is put together. */
function closure(name: string, all: readonly FilterSpec[]): FilterSpec[] {
  const found = new Map<string, FilterSpec>()
  const walk = (wanted: string): void => {
    const filter = all.find((each) => each.name === wanted)
    if (filter === undefined || found.has(wanted)) return
    found.set(wanted, filter)
    for (const entry of filter.entries) if (isInclude(entry)) walk(entry.filter)
  }
  walk(name)
  return [...found.values()]
}

/** The port held to what its NIC names. Throws what keeps the filter from being loaded. */
export function holdToFilter(
  app: App,
  port: PortSpec,
  reference: FilterReference | undefined,
  { network, seen }: { readonly network: NetworkSpec; readonly seen: SeenHost },
): PortSpec {
  if (reference === undefined) return port
  if (port.device !== undefined)
    throw new WeftError(
      'unsupported',
      `filter '${reference.name}' cannot be loaded for ${port.mac}: network '${network.name}' has no switch`,
      { hint: 'plug the NIC into a network with a bridge, or leave its <filterref> out' },
    )
  const kept = keptAddresses(network.name, seen, app.facts)
  const variables = variablesOf(port, reference, network, kept)
  const filter = { name: reference.name, variables, filters: closure(reference.name, listFilters(app)) }
  flattenFilter(filter)
  return { ...port, filter }
}

const LEARNING = ['any', 'dhcp', 'none']

/**
 * The NIC's own, and what weft knows of it: its address is chosen before it starts, so that nothing is learnt from what its guest says. `none`
 * takes only what the NIC names.
 */
function variablesOf(
  port: PortSpec,
  { name, parameters = [] }: FilterReference,
  network: NetworkSpec,
  kept: readonly KeptAddress[],
): FilterParameter[] {
  const learning = parameters.find((each) => each.name === 'CTRL_IP_LEARNING')?.value ?? 'any'
  if (!LEARNING.includes(learning.toLowerCase()))
    throw new WeftError(
      'invalid-argument',
      `filter '${name}' does not support an IP learning method '${learning}': ${LEARNING.join(', ')}`,
    )
  const said = new Set(parameters.map((each) => each.name))
  const server = ipv4sOf(network).find(({ dhcp }) => dhcp !== undefined)?.cidr.address
  const { ip, ip6 } = pinnedAddresses(network, port, kept)
  const known = { MAC: port.mac, IP: port.ip ?? ip, IPV6: ip6, DHCPSERVER: server }
  const isTaken = (variable: string): boolean =>
    said.has(variable) || (variable.startsWith('IP') && learning.toLowerCase() === 'none')
  const more = Object.entries(known).flatMap(([variable, value]) =>
    value === undefined || isTaken(variable) ? [] : [{ name: variable, value }],
  )
  return [...parameters, ...more].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
