/** The path of a packet: where it is, which rules it meets there, whose they are, and what ends it. */
import type { TraceHopView, TraceRuleView, TraceView } from '../../api/trace-contract.ts'
import { wrap } from './help.ts'

const WIDTH = 79

export function formatTrace(trace: TraceView): string {
  const { from, to, protocol, port, by, hops, notes } = trace
  const what = port === null ? protocol : `${protocol} ${String(port)}`
  const source =
    by === 'kernel' ? 'As the kernel decided it.' : 'Computed from rules and routes: no packet was seen.'
  const parts = hops.flatMap((hop, index) => formatHop(hop, hops[index - 1]))
  return [
    `${from} → ${to}, ${what}`,
    source,
    '',
    ...parts,
    '',
    ...formatEnd(trace),
    ...notes.map(hang),
    '',
  ].join('\n')
}

const WHERE: Readonly<Record<string, string>> = {
  'bridge prerouting': 'comes in',
  'bridge input': 'for this host',
  'bridge forward': 'to another port',
  'bridge output': 'to a port',
  'bridge postrouting': 'goes out',
  prerouting: 'comes in',
  input: 'for this host',
  forward: 'is sent on',
  output: 'is sent by this host',
  postrouting: 'goes out',
}

function formatHop(hop: TraceHopView, before: TraceHopView | undefined): string[] {
  const devices = [
    ...(hop.in === null ? [] : [`from ${hop.in}`]),
    ...(hop.out === null ? [] : [`to ${hop.out}`]),
  ].join(' ')
  const head = `${hop.place}: ${WHERE[hop.place] ?? ''}${devices === '' ? '' : ` ${devices}`}`
  return [head, ...changes(hop, before), ...hop.rules.flatMap(formatRule)]
}

/** What became of its addresses since the hook before. */
function changes(hop: TraceHopView, before: TraceHopView | undefined): string[] {
  if (before === undefined) return []
  const target = whereTo(hop.destination, hop.destinationPort)
  const oldTarget = whereTo(before.destination, before.destinationPort)
  return [
    ...(target === oldTarget ? [] : [`  now goes to ${target}, not to ${oldTarget}`]),
    ...(hop.source === before.source
      ? []
      : [`  now comes from ${hop.source ?? '?'}, not from ${before.source ?? '?'}`]),
  ]
}

const whereTo = (address: string | null, port: number | null): string => {
  const host = address ?? '?'
  if (port === null) return host
  return host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`
}

function formatRule(rule: TraceRuleView): string[] {
  const { family, table, chain, owner, elements } = rule
  const head = `  ${family} ${table} ${chain}`
  const space = WIDTH - head.length - owner.length - 4
  const first = space > 0 ? `${head}${' '.repeat(space + 2)}(${owner})` : `${head} (${owner})`
  return [first, ...lines(withoutCounts(rule.text), 6), ...elements.flatMap((each) => lines(`by ${each}`, 8))]
}

const withoutCounts = (text: string): string => text.replace(/ ?counter packets \d+ bytes \d+/g, '').trim()

const lines = (text: string, indent: number): string[] =>
  wrap(text, WIDTH - indent)
    .split('\n')
    .map((line) => ' '.repeat(indent) + line)

const hang = (text: string): string => lines(text, 0).join('\n')

function formatEnd({ verdict, decisive, because, end, hops }: TraceView): string[] {
  if (verdict === 'accept') {
    const last = hops.at(-1)
    const by = end ?? last?.out ?? 'this host'
    return [by === 'this host' ? 'It arrives at this host.' : `It passes, and leaves by ${by}.`]
  }
  if (decisive === null) return [BECAUSE[because ?? ''] ?? 'Nobody can tell what becomes of it.']
  const { family, table, chain, owner, remedy } = decisive
  const place = `chain '${chain}' of table '${family} ${table}' (${owner})`
  const words = verdict === 'unknown' ? 'Whether it passes depends on a rule of' : ENDS[verdict]
  return [
    hang(`${words} ${place}: ${withoutCounts(decisive.text)}`),
    ...(remedy === null ? [] : [`  see  ${remedy}`]),
  ]
}

const ENDS = { drop: 'It is dropped by', reject: 'It is refused by' } as const
const BECAUSE: Readonly<Record<string, string>> = {
  'no route': 'It ends here: this host has no route to where it goes.',
  'not forwarded': 'It ends here: this host does not send packets on (net.ipv4.ip_forward).',
}
