/** Firewalls of others for people: who is there, what each drops, and what weft has asked of it. */
import { bridgeNameOf } from '../ips.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import type { Hook } from './asks.ts'
import { catchAllOf, readSaved, refusalOf } from './iptables-save.ts'
import { bridgesInZones } from './plan-firewalld.ts'
import { hasDockerUser, markedRules, whoseHook } from './plan-iptables.ts'
import { droppingChains, markedTexts, plainTables } from './plan-nftables.ts'
import { isUfws, keptRules } from './plan-ufw.ts'
import { NEIGHBOURS, type NeighbourName, type SeenFilter, type SeenNeighbours } from './seen-neighbours.ts'

export interface NeighbourStory {
  /** `podman` is only told of: it stops nobody. */
  readonly name: NeighbourName | 'podman'
  /** Where whatever none of its rules accepts is dropped. */
  readonly drops: readonly string[]
  /** What weft has asked of it, by network, in its own words. */
  readonly asked: readonly { readonly network: string; readonly rule: string }[]
  /** Rules of its administrator that refuse something of a network by name: they come first. */
  readonly refuses: readonly string[]
  readonly isLeft: boolean
}

const HOOKS: readonly Hook[] = ['forward', 'input']

export function neighbourStories(live: readonly NetworkSpec[], seen: SeenHost): NeighbourStory[] {
  const { neighbours } = seen
  if (neighbours === undefined) return []
  const stories = NEIGHBOURS.flatMap((name): NeighbourStory[] => {
    const drops = dropsOf(name, neighbours)
    const asked = askedOf(name, neighbours)
    const isThere = drops.length > 0 || asked.length > 0 || isKnownToBeThere(name, neighbours)
    const refuses = refusalsOf(name, live, neighbours)
    return isThere ? [{ name, drops, asked, refuses, isLeft: neighbours.left.has(name) }] : []
  })
  const isPodman = /netavark|CNI-/i.test(
    `${neighbours.tables.text} ${neighbours.filters.map(({ text }) => text).join()}`,
  )
  return isPodman
    ? [...stories, { name: 'podman', drops: [], asked: [], refuses: [], isLeft: false }]
    : stories
}

function isKnownToBeThere(name: NeighbourName, { filters, firewalld }: SeenNeighbours): boolean {
  if (name === 'docker') return filters.some((filter) => hasDockerUser(readSaved(filter)))
  if (name === 'ufw') return filters.some(isUfws)
  return name === 'firewalld' && firewalld?.isRunning === true
}

const isNamed = (name: NeighbourName, filter: SeenFilter, hook: Hook): boolean =>
  (isUfws(filter) ? 'ufw' : whoseHook(readSaved(filter), hook)) === name

function dropsOf(name: NeighbourName, seen: SeenNeighbours): string[] {
  if (name === 'firewalld')
    return seen.firewalld?.isRunning === true ? ['what no zone of its own accepts, in either direction'] : []
  if (name === 'nftables')
    return plainTables(seen).flatMap((table) =>
      droppingChains(table).map(({ chain, before }) => {
        const how = before === undefined ? 'policy drop' : `rule '${withoutCounts(before.text)}'`
        return `chain '${chain.name}' of table '${table.family} ${table.name}': ${how}`
      }),
    )
  return seen.filters.flatMap((filter) =>
    HOOKS.filter((hook) => isNamed(name, filter, hook)).flatMap((hook) => {
      const end = catchAllOf(readSaved(filter), hook.toUpperCase())
      if (end?.isDropped !== true) return []
      const how = end.rule === undefined ? 'policy DROP' : `rule ${String(end.place)}, '${end.rule.text}'`
      return [`chain '${end.chain}' of ${filter.program}: ${how}`]
    }),
  )
}

function askedOf(name: NeighbourName, seen: SeenNeighbours): NeighbourStory['asked'] {
  const { filters, ufw, firewalld } = seen
  if (name === 'ufw')
    return (ufw === undefined ? [] : keptRules(ufw)).flatMap(({ words, network }) =>
      network === undefined ? [] : [{ network, rule: `ufw ${words}` }],
    )
  if (name === 'firewalld')
    return (firewalld === undefined ? [] : bridgesInZones(firewalld)).map((bridge) => {
      return { network: bridge, rule: `zone '${firewalld?.zones.get(bridge) ?? ''}'` }
    })
  if (name === 'nftables') return plainTables(seen).flatMap(markedTexts)
  return filters.flatMap((filter) =>
    markedRules(readSaved(filter))
      .filter(({ chain }) => isNamed(name, filter, chain === 'INPUT' ? 'input' : 'forward'))
      .map(({ network, chain, text }) => ({ network, rule: `${filter.program} -A ${chain} ${text}` })),
  )
}

function refusalsOf(
  name: NeighbourName,
  live: readonly NetworkSpec[],
  { filters }: SeenNeighbours,
): string[] {
  return filters
    .filter((filter) => HOOKS.some((hook) => isNamed(name, filter, hook)))
    .flatMap((filter) =>
      live.flatMap((network) => {
        const rule = refusalOf(readSaved(filter), bridgeNameOf(network) ?? '')
        return rule === undefined
          ? []
          : [`network '${network.name}': ${filter.program} -A ${rule.chain} ${rule.text}`]
      }),
    )
}

export const withoutCounts = (rule: string): string => rule.replace(/\bcounter packets \d+ bytes \d+ ?/, '')
