/** What `nft monitor` says of a packet that is traced, line by line. */
import type { TableFamily } from '../ruleset/ruleset.ts'

export interface TraceLine {
  readonly family: TableFamily
  readonly table: string
  readonly chain: string
  readonly kind: 'packet' | 'rule' | 'verdict' | 'policy'
  /** Of a rule: its text; of a packet: what it is. */
  readonly text: string
  /** Of rules that nft did not know yet. */
  readonly handle?: number
  /** `accept`, `drop`, `jump from_nat`, `continue`. */
  readonly verdict?: string
}

const LINE = /^trace id \S+ (\w+) (\S+) (\S+) (packet:|rule|unknown rule handle|verdict|policy) (.*)$/

export function parseTraceLine(line: string): TraceLine | undefined {
  const [, family, table = '', chain = '', word = '', rest = ''] = LINE.exec(line.trimEnd()) ?? []
  if (family === undefined) return undefined
  const at = { family: family as TableFamily, table, chain }
  const text = rest.trim()
  if (word === 'packet:') return { ...at, kind: 'packet', text }
  if (word === 'policy' || word === 'verdict') return { ...at, kind: word, text, verdict: text }
  const [, rule = text, verdict] = /^(.*?) ?\(verdict ([^()]*)\)$/.exec(text) ?? []
  const ending = verdict === undefined ? {} : { verdict: verdict.trim() }
  if (word !== 'unknown rule handle') return { ...at, kind: 'rule', text: rule, ...ending }
  return { ...at, kind: 'rule', text: '', handle: Number(rule), ...ending }
}

/** Where a packet is and what it is, at the beginning of a base chain. */
export interface TracedPacket {
  readonly in?: string
  readonly out?: string
  readonly source: string
  readonly destination: string
  readonly protocol: string
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly sourceMac?: string
  readonly destinationMac?: string
}

/** `iif "va" oif "vb" ether saddr ... ip saddr 10.9.0.2 ip daddr 192.0.2.2 ... tcp sport 58348 tcp dport 80`. */
export function readTracedPacket(text: string): TracedPacket {
  const find = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1]
  const port = (pattern: RegExp): number | undefined => {
    const found = find(pattern)
    return found === undefined ? undefined : Number(found)
  }
  const given = {
    in: find(/(?:^| )iif "([^"]+)"/),
    out: find(/(?:^| )oif "([^"]+)"/),
    sourcePort: port(/ (?:tcp|udp|th) sport (\d+)/),
    destinationPort: port(/ (?:tcp|udp|th) dport (\d+)/),
    sourceMac: find(/ether saddr (\S+)/),
    destinationMac: find(/ether daddr (\S+)/),
  }
  return {
    ...(Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as Partial<TracedPacket>),
    source: find(/ip6? saddr (\S+)/) ?? '',
    destination: find(/ip6? daddr (\S+)/) ?? '',
    protocol: find(/ip protocol (\S+)/) ?? find(/ip6 nexthdr (\S+)/) ?? find(/ (tcp|udp) sport/) ?? '',
  }
}
