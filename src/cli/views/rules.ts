/** Rules and groups for people: one line a rule, in the order in which they are judged. */
import type { RuleListView, RulesView } from '../../api/views.ts'
import { formatFacts, formatTable, type TableOptions } from './table.ts'

export function formatRules(
  { lists, antiSpoofing, spoofed, network }: RulesView,
  options: TableOptions,
): string {
  const rows = lists.flatMap((list) => listRows(list, network))
  const dropped =
    antiSpoofing === 'none' && spoofed.packets === 0 ? '' : `, ${String(spoofed.packets)} packets dropped`
  if (rows.length === 0 && antiSpoofing === 'none')
    return `Network ${network} has no rules: everybody may talk to everybody\n`
  const rest = lists.at(-1)
  const facts = formatFacts([
    ['Otherwise', `in ${rest?.in ?? 'allow'}, out ${rest?.out ?? 'allow'}`],
    ['Made-up senders', `${SENDERS[antiSpoofing]}${dropped}`],
  ])
  return rows.length === 0
    ? facts
    : `${formatTable(['Of', 'No', 'Rule', 'Packets'], rows, options)}\n${facts}`
}

const SENDERS = {
  none: 'anybody may be anybody',
  mac: 'MACs are checked',
  address: 'MACs and IP addresses are checked',
} as const

/** What a guest or group says of the rest is a line of its own; the network's stands below the table. */
function listRows(list: RuleListView, network: string): string[][] {
  const of = ownerOf(list, network)
  const rest = [
    ...(list.in === null ? [] : [`in ${list.in}`]),
    ...(list.out === null ? [] : [`out ${list.out}`]),
    ...(list.antiSpoofing === null ? [] : [`senders: ${list.antiSpoofing}`]),
    ...(list.addresses.length === 0 ? [] : [`also sends from ${list.addresses.join(',')}`]),
  ]
  const isNetwork = list.guest === null && list.group === null
  return [
    ...list.rules.map(({ number, rule, matched }) => [
      of,
      String(number),
      rule,
      matched === null ? '-' : String(matched.packets),
    ]),
    ...(isNetwork || rest.length === 0 ? [] : [[of, 'else', rest.join(', '), '']]),
  ]
}

function ownerOf({ guest, group }: RuleListView, network: string): string {
  if (guest !== null) return `guest ${guest}`
  return group === null ? `network ${network}` : `group ${group}`
}

export function formatGroups({ lists, network }: RulesView, options: TableOptions): string {
  const groups = lists.filter((list) => list.group !== null)
  if (groups.length === 0) return `Network ${network} has no groups: weft group add ${network} GROUP GUEST\n`
  const rows = groups.map((list) => [
    list.group ?? '',
    String(list.rules.length),
    list.members.join(', ') || '-',
  ])
  return formatTable(['Name', 'Rules', 'Guests'], rows, options)
}
