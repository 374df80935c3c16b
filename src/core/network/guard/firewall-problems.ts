/** What is wrong with a network's firewall, all at once. */
import type { Problem } from '../../errors.ts'
import type { NetworkSpec } from '../spec.ts'
import type { FirewallSpec, GuestGroup, Rule, RuleList } from './firewall-spec.ts'
import { formatRule } from './rule-text.ts'

const GROUP_NAME = /^[A-Za-z0-9_][\w.-]{0,62}$/

export function firewallProblems(network: NetworkSpec): Problem[] {
  const { firewall } = network
  if (firewall === undefined) return []
  return [
    ...placeProblems(network, firewall),
    ...listProblems(firewall, 'firewall', firewall),
    ...firewall.groups.flatMap((group, index) => groupProblems(firewall, group, index)),
    ...firewall.guests.flatMap((guest, index) => [
      ...(guest.name === ''
        ? [{ path: `firewall.guests[${String(index)}].name`, message: 'the guest has no name' }]
        : []),
      ...twice(firewall.guests, index, `firewall.guests[${String(index)}]`, 'the guest'),
      ...listProblems(guest, `firewall.guests[${String(index)}]`, firewall),
    ]),
  ]
}

/** That a NIC's guests are on no bridge is refused with the mode. */
function placeProblems({ ips }: NetworkSpec, firewall: FirewallSpec): Problem[] {
  const places = [
    { path: 'firewall.antiSpoofing', value: firewall.antiSpoofing },
    ...firewall.guests.map(({ antiSpoofing }, index) => ({
      path: `firewall.guests[${String(index)}].antiSpoofing`,
      value: antiSpoofing,
    })),
  ]
  const message = 'this host has no address on the network, so nobody knows which ones are its guests'
  return places
    .filter(({ value }) => value === 'address' && ips.length === 0)
    .map(({ path }) => ({ path, message, hint: "choose 'mac'" }))
}

function groupProblems(firewall: FirewallSpec, group: GuestGroup, index: number): Problem[] {
  const path = `firewall.groups[${String(index)}]`
  const bad = { path: `${path}.name`, message: `'${group.name}' cannot be the name of a group` }
  return [
    ...(GROUP_NAME.test(group.name)
      ? []
      : [{ ...bad, hint: 'letters, digits and dashes, at most 63 of them' }]),
    ...twice(firewall.groups, index, path, 'the group'),
    ...group.members
      .filter((name, at) => group.members.indexOf(name) < at)
      .map((name) => ({
        path: `${path}.members`,
        message: `'${name}' is in the group '${group.name}' twice`,
      })),
    ...listProblems(group, path, firewall),
  ]
}

function twice(
  all: readonly { readonly name: string }[],
  index: number,
  path: string,
  what: string,
): Problem[] {
  const name = all[index]?.name ?? ''
  if (all.findIndex((each) => each.name === name) === index) return []
  return [
    { path: `${path}.name`, message: `${what} '${name}' stands here twice`, hint: 'keep one of the two' },
  ]
}

function listProblems({ rules }: RuleList, path: string, firewall: FirewallSpec): Problem[] {
  const texts = rules.map(formatRule)
  return rules.flatMap((rule, index) => {
    const place = `${path}.rules[${String(index)}]`
    const text = texts[index] ?? ''
    const first = texts.indexOf(text)
    const again = `the rule '${text}' stands here twice, as number ${String(first + 1)} and ${String(index + 1)}`
    return [
      ...(first < index ? [{ path: place, message: again, hint: 'the second can never match' }] : []),
      ...peerProblems(rule, place, firewall),
    ]
  })
}

/** Guests may come later; a group is defined beside the rule. */
function peerProblems({ peer }: Rule, path: string, { groups }: FirewallSpec): Problem[] {
  if (peer?.kind !== 'group' || groups.some(({ name }) => name === peer.name)) return []
  const known = groups.map(({ name }) => `@${name}`).join(', ')
  const hint = known === '' ? 'weft group add NETWORK GROUP' : `known are ${known}`
  return [{ path, message: `there is no group '${peer.name}'`, hint }]
}
