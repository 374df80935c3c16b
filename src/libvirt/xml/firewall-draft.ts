/** The words of a firewall, from whatever spelling, checked one by one and turned into a definition; and the way back. */
import {
  ANTI_SPOOFING,
  VERDICTS,
  type FirewallSpec,
  type GuestFirewall,
  type IpCidr,
  type Rule,
  type RuleList,
} from '../../core/network/guard/firewall-spec.ts'
import { formatAddress, formatRule, parseCidr, parseRule } from '../../core/network/guard/rule-text.ts'
import type { Reading } from './element-shape.ts'
import { given } from './given.ts'
import { complain } from './read-value.ts'

export interface RuleListData {
  readonly in?: string
  readonly out?: string
  readonly rules: readonly string[]
}

export interface FirewallData extends RuleListData {
  readonly antiSpoofing?: string
  readonly groups: readonly (RuleListData & { readonly name: string; readonly members: readonly string[] })[]
  readonly guests: readonly (RuleListData & {
    readonly name: string
    readonly antiSpoofing?: string
    readonly addresses?: readonly string[]
  })[]
}

/** Problems go into `reading`, at the paths of the definition. */
export function readFirewall(data: FirewallData, reading: Reading): FirewallSpec {
  return {
    ...given({ antiSpoofing: readOne(ANTI_SPOOFING, data.antiSpoofing, 'firewall.antiSpoofing', reading) }),
    ...readList(data, 'firewall', reading),
    groups: data.groups.map((group, index) => ({
      name: group.name,
      members: group.members,
      ...readList(group, `firewall.groups[${String(index)}]`, reading),
    })),
    guests: data.guests.map((guest, index) => readGuest(guest, `firewall.guests[${String(index)}]`, reading)),
  }
}

function readGuest(guest: FirewallData['guests'][number], path: string, reading: Reading): GuestFirewall {
  const addresses = guest.addresses?.flatMap((text, index): IpCidr[] => {
    const cidr = parseCidr(text)
    const where = `${path}.addresses[${String(index)}]`
    if (cidr === undefined)
      complain(reading, where, `'${text}' is not an address or a subnet`, 'such as 10.0.0.0/8')
    return cidr === undefined ? [] : [cidr]
  })
  return {
    name: guest.name,
    ...given({
      antiSpoofing: readOne(ANTI_SPOOFING, guest.antiSpoofing, `${path}.antiSpoofing`, reading),
      addresses,
    }),
    ...readList(guest, path, reading),
  }
}

function readList(data: RuleListData, path: string, reading: Reading): RuleList {
  const rules = data.rules.flatMap((text, index): Rule[] => {
    const parsed = parseRule(text)
    if ('rule' in parsed) return [parsed.rule]
    complain(reading, `${path}.rules[${String(index)}]`, parsed.problem.message, parsed.problem.hint)
    return []
  })
  return {
    ...given({
      in: readOne(VERDICTS, data.in, `${path}.in`, reading),
      out: readOne(VERDICTS, data.out, `${path}.out`, reading),
    }),
    rules,
  }
}

function readOne<Word extends string>(
  words: readonly Word[],
  text: string | undefined,
  path: string,
  reading: Reading,
): Word | undefined {
  const word = words.find((each) => each === text)
  if (word === undefined && text !== undefined)
    complain(reading, path, `'${path.replace(/.*\./, '')}' is ${words.join(' or ')}, not '${text}'`)
  return word
}

export function firewallData(firewall: FirewallSpec): FirewallData {
  const listData = ({ in: into, out, rules }: RuleList): RuleListData => ({
    ...given({ in: into, out }),
    rules: rules.map(formatRule),
  })
  return {
    ...given({ antiSpoofing: firewall.antiSpoofing }),
    ...listData(firewall),
    groups: firewall.groups.map(({ name, members, ...list }) => ({ name, members, ...listData(list) })),
    guests: firewall.guests.map(({ name, antiSpoofing, addresses, ...list }) => ({
      name,
      ...given({ antiSpoofing, addresses: addresses?.map(formatAddress) }),
      ...listData(list),
    })),
  }
}
