/** A firewall with one thing changed: pure, so that what a change makes of it can be shown before it is made. */
import { WeftError } from '../../errors.ts'
import type { AntiSpoofing, FirewallSpec, IpCidr, Rule, RuleList, Verdict } from './firewall-spec.ts'
import { formatRule, parseRule } from './rule-text.ts'

export const NO_FIREWALL: FirewallSpec = { rules: [], groups: [], guests: [] }

/** Whose rules: the network's without a name. */
export interface ListOwner {
  readonly guest?: string | undefined
  readonly group?: string | undefined
}

/** What is absent stays; `inherit` is as if it had never been said. */
export interface ListSettings {
  readonly in?: Verdict | 'inherit'
  readonly out?: Verdict | 'inherit'
  readonly antiSpoofing?: AntiSpoofing | 'inherit'
  /** Of a guest only; none: its own again. */
  readonly addresses?: readonly IpCidr[]
}

export function describeOwner({ guest, group }: ListOwner, network: string): string {
  if (guest !== undefined) return `guest '${guest}' of network '${network}'`
  return group === undefined ? `network '${network}'` : `group '${group}' of network '${network}'`
}

export function listOf(firewall: FirewallSpec, { guest, group }: ListOwner): RuleList | undefined {
  if (guest !== undefined) return firewall.guests.find(({ name }) => name === guest)
  return group === undefined ? firewall : firewall.groups.find(({ name }) => name === group)
}

/** `before` is a number as `weft rule list` shows it; without one the rule comes last. */
export function addRule(firewall: FirewallSpec, owner: ListOwner, rule: Rule, before?: number): FirewallSpec {
  const { rules = [] } = listOf(firewall, owner) ?? {}
  const text = formatRule(rule)
  const twin = rules.findIndex((each) => formatRule(each) === text)
  if (twin >= 0)
    throw new WeftError(
      'already-exists',
      `the rule '${text}' is there already, as number ${String(twin + 1)}`,
    )
  const at = before === undefined ? rules.length : before - 1
  if (at > rules.length) throw noNumber(at + 1, rules.length)
  return withRules(firewall, owner, rules.toSpliced(at, 0, rule))
}

/** `which` is its number, or the rule itself. */
export function removeRule(firewall: FirewallSpec, owner: ListOwner, which: string): FirewallSpec {
  const { rules = [] } = listOf(firewall, owner) ?? {}
  const at = /^\d+$/.test(which)
    ? Number(which) - 1
    : rules.findIndex((rule) => formatRule(rule) === spelt(which))
  if (/^\d+$/.test(which) && rules[at] === undefined) throw noNumber(at + 1, rules.length)
  if (at < 0)
    throw new WeftError('not-found', `there is no rule '${which}'`, { hint: 'weft rule list NETWORK' })
  return withRules(firewall, owner, rules.toSpliced(at, 1))
}

function spelt(text: string): string {
  const parsed = parseRule(text)
  if ('rule' in parsed) return formatRule(parsed.rule)
  throw new WeftError('invalid-argument', parsed.problem.message, { hint: parsed.problem.hint })
}

function noNumber(number: number, count: number): WeftError {
  const there = count === 0 ? 'there are none' : `the last is number ${String(count)}`
  return new WeftError('not-found', `there is no rule number ${String(number)}: ${there}`)
}

export function setList(firewall: FirewallSpec, owner: ListOwner, settings: ListSettings): FirewallSpec {
  const settle = <L extends RuleList>(list: L): L => {
    const given = Object.entries(settings).filter(([, value]) => value !== undefined)
    const changed = { ...list, ...Object.fromEntries(given) }
    const isKept = ([, value]: [string, unknown]): boolean =>
      value !== 'inherit' && !(Array.isArray(value) && value === settings.addresses && value.length === 0)
    return Object.fromEntries(Object.entries(changed).filter(isKept)) as unknown as L
  }
  return onList(firewall, owner, settle)
}

/** A group that is not there is made. */
export function addMembers(firewall: FirewallSpec, group: string, members: readonly string[]): FirewallSpec {
  return onList(firewall, { group }, (list) => {
    const before = 'members' in list ? (list.members as readonly string[]) : []
    return { ...list, members: [...before, ...members.filter((name) => !before.includes(name))] }
  })
}

/** Without members: the whole group, which no rule may name then. */
export function removeMembers(
  firewall: FirewallSpec,
  group: string,
  members: readonly string[],
): FirewallSpec {
  const found = firewall.groups.find(({ name }) => name === group)
  if (found === undefined) throw unknownGroup(firewall, group)
  if (members.length === 0) return { ...firewall, groups: firewall.groups.filter((each) => each !== found) }
  const stranger = members.find((name) => !found.members.includes(name))
  if (stranger !== undefined)
    throw new WeftError('not-found', `'${stranger}' is not in the group '${group}'`, {
      hint: `in it are: ${found.members.join(', ') || 'none'}`,
    })
  const rest = found.members.filter((name) => !members.includes(name))
  return {
    ...firewall,
    groups: firewall.groups.map((each) => (each === found ? { ...found, members: rest } : each)),
  }
}

export function unknownGroup({ groups }: FirewallSpec, name: string): WeftError {
  const known = groups.map((group) => group.name).join(', ')
  return new WeftError('not-found', `there is no group '${name}'`, {
    hint: known === '' ? `weft group add NETWORK ${name} GUEST` : `there are: ${known}`,
  })
}

const withRules = (firewall: FirewallSpec, owner: ListOwner, rules: readonly Rule[]): FirewallSpec =>
  onList(firewall, owner, (list) => ({ ...list, rules }))

/** Lists of groups and guests are made where they are not there; a guest's that says nothing goes. */
function onList(firewall: FirewallSpec, owner: ListOwner, edit: (list: RuleList) => RuleList): FirewallSpec {
  const { guest, group } = owner
  if (guest === undefined && group === undefined) return edit(firewall) as FirewallSpec
  const replace = <L extends { readonly name: string }>(all: readonly L[], name: string, fresh: L): L[] =>
    all.some((each) => each.name === name)
      ? all.map((each) => (each.name === name ? (edit(each as unknown as RuleList) as unknown as L) : each))
      : [...all, edit(fresh as unknown as RuleList) as unknown as L]
  if (guest === undefined)
    return {
      ...firewall,
      groups: replace(firewall.groups, group ?? '', { name: group ?? '', members: [], rules: [] }),
    }
  const guests = replace(firewall.guests, guest, { name: guest, rules: [] })
  const saysSomething = (list: RuleList): boolean => list.rules.length > 0 || Object.keys(list).length > 2
  return { ...firewall, guests: guests.filter(saysSomething) }
}

/** Nothing in it: the same as none. */
export function isNothing(firewall: FirewallSpec): boolean {
  return (
    firewall.rules.length + firewall.groups.length + firewall.guests.length === 0 &&
    Object.keys(firewall).length === 3
  )
}
