/** Addresses, routes, port groups and dnsmasq's own lines of a definition, added, changed or taken out. */
import type { IpSpec, NetworkSpec, PortgroupSpec, RouteSpec } from '../spec.ts'
import { destinationOf } from '../bridge/plan-route.ts'
import { changeList, incomplete, sharesWord, wordsOf, type ListRules } from './change-list.ts'
import type { UpdateIn } from './sections.ts'

export function changeIps(spec: NetworkSpec, update: UpdateIn<'ip'>): NetworkSpec {
  const { command, entry, isPartial } = update
  const { cidr, family } = entry
  if (cidr === undefined || family === undefined) throw incomplete(update, 'an address is missing')
  const ofFamily = spec.ips.filter((ip) => ip.family === family)
  const isIt = (there: IpSpec): boolean => there.cidr.address === cidr.address
  const rules: ListRules<IpSpec, Partial<IpSpec>> = {
    what: 'address',
    clashes: (_, there) => isIt(there),
    // Of one address of a family there is no doubt which is meant.
    finds: [(_, there) => isIt(there), (_, there) => ofFamily.length === 1 && there === ofFamily[0]],
    matches: (_, there) => isIt(there),
    text: () => cidr.address,
  }
  const complete = (before: IpSpec | undefined): IpSpec =>
    (isPartial === true ? { ...before, ...entry, ...sizeOf(entry, before) } : entry) as IpSpec
  const change = { network: spec.name, command, pattern: entry, complete }
  return { ...spec, ips: changeList(spec.ips, change, rules) }
}

/** An address without a prefix stays in a subnet of the size that was there. */
function sizeOf({ cidr, prefixSpelling }: Partial<IpSpec>, before: IpSpec | undefined): object {
  if (before === undefined || prefixSpelling !== 'class') return {}
  return { cidr: { ...cidr, prefix: before.cidr.prefix }, prefixSpelling: before.prefixSpelling }
}

export function changeRoutes(spec: NetworkSpec, update: UpdateIn<'route'>): NetworkSpec {
  const { command, entry, isPartial } = update
  const { family, destination, metric, gateway } = entry
  if (destination === undefined || family === undefined)
    throw incomplete(update, 'a route leads to a network, through the address of a guest')
  const where = destinationOf({ ...entry, gateway: '' } as RouteSpec)
  const leadsThere = (there: RouteSpec): boolean => destinationOf(there) === where
  const rules: ListRules<RouteSpec, Partial<RouteSpec>> = {
    what: 'route',
    clashes: (_, there) => leadsThere(there) && there.metric === metric,
    finds: [
      (_, there) => leadsThere(there) && there.metric === metric,
      (_, there) => leadsThere(there) && metric === undefined,
    ],
    matches: (_, there) =>
      leadsThere(there) &&
      (gateway === undefined || there.gateway === gateway) &&
      (metric === undefined || there.metric === metric),
    text: () => `to ${where}${metric === undefined ? '' : ` with metric ${String(metric)}`}`,
  }
  const complete = (before: RouteSpec | undefined): RouteSpec => {
    const whole = isPartial === true ? { ...before, ...entry } : entry
    if (whole.gateway === undefined) throw incomplete(update, 'a route leads through the address of a guest')
    return whole as RouteSpec
  }
  const change = { network: spec.name, command, pattern: entry, complete }
  return { ...spec, routes: changeList(spec.routes, change, rules) }
}

const PORTGROUPS: ListRules<PortgroupSpec, Partial<PortgroupSpec>> = {
  what: 'port group',
  clashes: sharesWord('name'),
  finds: [sharesWord('name')],
  matches: sharesWord('name'),
  text: ({ name }) => `'${name ?? ''}'`,
}

export function changePortgroups(spec: NetworkSpec, update: UpdateIn<'portgroup'>): NetworkSpec {
  const { command, entry, isPartial } = update
  const { name } = entry
  if (name === undefined) throw incomplete(update, 'a port group has a name')
  const complete = (before: PortgroupSpec | undefined): PortgroupSpec => ({
    ...(isPartial === true ? before : {}),
    ...entry,
    name,
  })
  const change = { network: spec.name, command, pattern: entry, complete }
  const { portgroups, ...rest } = spec
  const changed = changeList(portgroups ?? [], change, PORTGROUPS)
  return changed.length === 0 ? rest : { ...spec, portgroups: changed }
}

interface Line {
  readonly line?: string
}

const OPTIONS: ListRules<Line, Line> = {
  what: "line for dnsmasq's configuration",
  clashes: sharesWord('line'),
  finds: [sharesWord('line')],
  matches: sharesWord('line'),
  text: (entry) => `'${wordsOf(entry).replace('line=', '')}'`,
}

export function changeOptions(spec: NetworkSpec, update: UpdateIn<'dnsmasq-option'>): NetworkSpec {
  const { command, entry } = update
  if (entry.line === undefined) throw incomplete(update, "one line of dnsmasq's configuration is missing")
  const { dnsmasqOptions, ...rest } = spec
  const there = (dnsmasqOptions ?? []).map((line): Line => ({ line }))
  const change = { network: spec.name, command, pattern: entry, complete: () => entry }
  const changed = changeList(there, change, OPTIONS).flatMap(({ line }) => line ?? [])
  return changed.length === 0 ? rest : { ...spec, dnsmasqOptions: changed }
}
