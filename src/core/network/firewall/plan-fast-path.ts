/**
 * Established flows past routing and firewall, where the kernel has flowtables: a table of its own beside `inet weft`. It comes after
 * everybody's filters, so a flow takes it only once all of them have let it pass.
 */
import { nft } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'
import { isForwarded } from '../ips.ts'
import { needsFirewall } from './plan-firewall.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

const TABLE = 'inet weft_fast'
/** Adding before deleting makes both harmless when there is nothing to delete. */
const DELETE_TABLE = [`add table ${TABLE}`, `delete table ${TABLE}`]
const HOOK = 'hook ingress priority filter'

/** Interfaces whose packets look for a flow as soon as they come in, and the bridges whose flows are taken. */
interface FastPath {
  readonly devices: readonly string[]
  readonly bridges: readonly string[]
}

type Seen = Pick<SeenHost, 'links' | 'routes' | 'routes6' | 'fastPath'>

/** Nothing where the kernel has no flowtables. The way back is fast too, through the links that lead outside when a network starts. */
export function fastPathSteps(wanted: NetworkSpec, seen: Seen): Step[] {
  if (seen.fastPath === undefined || !usesFastPath(wanted)) return []
  const there = parseFastPath(seen.fastPath.listing)
  const bridge = wanted.bridge?.name ?? ''
  if (there?.devices.includes(bridge) === true && there.bridges.includes(bridge)) return []
  const devices = [bridge, ...uplinks(wanted, seen)].filter((name) => there?.devices.includes(name) !== true)
  const mine: FastPath = { devices, bridges: [bridge] }
  return [
    {
      reason: `flows of ${wanted.name} that are established need not be looked at packet by packet`,
      do: nft(there === undefined ? formatFastPath(mine) : changeLines('add', mine)),
      undo: nft(there === undefined ? DELETE_TABLE : takeAway(mine)),
    },
  ]
}

/** `others` are the networks that stay: with none of them the table goes too. */
export function fastPathStopSteps(live: NetworkSpec, seen: SeenHost, others: readonly NetworkSpec[]): Step[] {
  const there = parseFastPath(seen.fastPath?.listing)
  if (there === undefined || !usesFastPath(live)) return []
  if (!others.some(usesFastPath)) return [deleteStep(there)]
  const own = (name: string): boolean => name === live.bridge?.name
  const mine = { devices: there.devices.filter(own), bridges: there.bridges.filter(own) }
  return mine.bridges.length === 0 ? [] : [forgetStep(`no flow of ${live.name} is left`, mine)]
}

/** What is there for bridges that are gone: `live` are all networks that run. */
export function fastPathLeftoverSteps(live: readonly NetworkSpec[], seen: SeenHost): Step[] {
  const there = parseFastPath(seen.fastPath?.listing)
  if (there === undefined) return []
  if (!live.some(usesFastPath)) return [deleteStep(there)]
  const known = new Set<string>(live.map(({ bridge }) => bridge?.name ?? ''))
  const gone = { devices: [], bridges: there.bridges.filter((name) => !known.has(name)) }
  return gone.bridges.length === 0 ? [] : [forgetStep('no flow of a bridge that is gone is left', gone)]
}

/** The table when only these networks run, as a look would find it. */
export function formatFastPathListing(networks: readonly NetworkSpec[]): string | undefined {
  const bridges = networks.filter(usesFastPath).flatMap(({ bridge }) => bridge?.name ?? [])
  const [devices, elements] = [bridges.join(', '), bridges.map((name) => `"${name}"`).join(', ')]
  return bridges.length === 0 ? undefined : `devices = { ${devices} }\nelements = { ${elements} }\n`
}

/** Nobody's flows are taken past a firewall that is not weft's: open networks have none. */
export function usesFastPath(network: NetworkSpec): boolean {
  return needsFirewall(network) && isForwarded(network)
}

function deleteStep(there: FastPath): Step {
  return {
    reason: 'no network is left whose flows could be faster',
    do: nft(DELETE_TABLE),
    undo: nft(formatFastPath(there)),
  }
}

function forgetStep(reason: string, mine: FastPath): Step {
  return { reason, do: nft(takeAway(mine)), undo: nft(changeLines('add', mine)) }
}

/** The network's own way out, else every link with a default route. */
function uplinks({ forwardDevice }: NetworkSpec, { links, routes, routes6 }: Seen): string[] {
  const defaults = [...routes, ...routes6].filter(({ destination }) => destination.prefix === 0)
  const names = forwardDevice === undefined ? defaults.map(({ device }) => device) : [forwardDevice]
  return links.filter(({ name }) => names.includes(name)).map(({ name }) => name)
}

/** Made again it is the same. */
function formatFastPath(path: FastPath): string[] {
  return [
    `add table ${TABLE}`,
    `add set ${TABLE} bridges { type ifname ; }`,
    `add flowtable ${TABLE} flows { ${HOOK} ; }`,
    `add chain ${TABLE} forward { type filter hook forward priority filter + 10 ; policy accept ; }`,
    `flush chain ${TABLE} forward`,
    `add rule ${TABLE} forward ct state established iifname @bridges flow add @flows`,
    ...changeLines('add', path),
  ]
}

function takeAway(path: FastPath): string[] {
  return [...changeLines('add', path), ...changeLines('delete', path)]
}

function changeLines(verb: 'add' | 'delete', { devices, bridges }: FastPath): string[] {
  const elements = bridges.map((name) => `"${name}"`).join(', ')
  return [
    ...(devices.length === 0
      ? []
      : [`${verb} flowtable ${TABLE} flows { ${HOOK} ; devices = { ${devices.join(', ')} } ; }`]),
    ...(bridges.length === 0 ? [] : [`${verb} element ${TABLE} bridges { ${elements} }`]),
  ]
}

/** Reads `nft list table inet weft_fast`. */
export function parseFastPath(listing: string | undefined): FastPath | undefined {
  if (listing === undefined) return undefined
  const names = (list: string): string[] =>
    (new RegExp(`${list} = \\{([^}]*)\\}`).exec(listing)?.[1] ?? '')
      .split(',')
      .map((name) => name.trim().replaceAll('"', ''))
      .filter((name) => name !== '')
  return { devices: names('devices'), bridges: names('elements') }
}
