/** Rules of others that lead ports of this host elsewhere: of one and the same port only the first rule has its way. */
import { WEFT_TABLES } from '../../host/ruleset/owner.ts'
import type { LegacyText } from '../../host/ruleset/ruleset.ts'
import { strangerIn } from '../../host/ruleset/strangers.ts'
import { rulesetOf } from '../neighbours/legacy-ruleset.ts'

export interface Redirect {
  /** `Docker's chain 'DOCKER' of table 'ip nat'`. */
  readonly where: string
  /** As nft prints it, without its counter, or iptables. */
  readonly rule: string
  /** Absent: both. */
  readonly protocol?: 'tcp' | 'udp'
  readonly ports: readonly { readonly first: number; readonly last: number }[]
  /** Only what is sent there. */
  readonly address?: string
}

/** Reads `nft list ruleset`: rules that name ports, themselves or in a map. */
export function parseRedirects(ruleset: string): Redirect[] {
  return [...ruleset.matchAll(/^table (\w+) (\S+) \{\n([\s\S]*?)^\}/gm)].flatMap(
    ([, family = '', table = '', body = '']) => {
      if (WEFT_TABLES.includes(table)) return []
      const maps = new Map(
        [...body.matchAll(/^\tmap (\S+) \{[^}]*?elements = \{([^}]*)\}/gm)].map(
          ([, name = '', text = '']) => [name, text],
        ),
      )
      return [...body.matchAll(/^\tchain (\S+) \{\n([\s\S]*?)^\t\}/gm)].flatMap(
        ([, chain = '', rules = '']) => {
          const where = placeOf(chain, `${family} ${table}`)
          return rules.split('\n').flatMap((line) => readRule(line.trim(), where, maps))
        },
      )
    },
  )
}

/** The same of the kernel's old tables, which nft does not show. */
export function legacyRedirects(legacy: readonly LegacyText[]): Redirect[] {
  return rulesetOf({ nft: '', legacy }).tables.flatMap(({ family, name, chains }) =>
    [...chains.values()].flatMap((chain) => {
      const where = placeOf(chain.name, `${family} ${name}`)
      return chain.rules.flatMap(({ text, spelt = text }) =>
        // One address is a network of one there.
        readRule(text.replace(/\/(32|128)(?= |$)/g, ''), where, NO_MAPS).map((redirect) => ({
          ...redirect,
          rule: spelt,
        })),
      )
    }),
  )
}

const NO_MAPS: ReadonlyMap<string, string> = new Map()

function placeOf(chain: string, table: string): string {
  const place = `chain '${chain}' of table '${table}'`
  const stranger = strangerIn(place)
  if (stranger === undefined) return place
  return `${stranger}${stranger.endsWith('s') ? "'" : "'s"} ${place}`
}

function readRule(line: string, where: string, maps: ReadonlyMap<string, string>): Redirect[] {
  const [, , keys = ''] = /\b(dnat|redirect)\b/.test(line) ? (DPORT.exec(line) ?? []) : []
  if (keys === '') return []
  const map = /^map @(\S+)/.exec(keys)?.[1]
  const ports = readPorts(map === undefined ? keys : (maps.get(map) ?? ''))
  if (ports.length === 0) return []
  const protocol = /\b(tcp|udp) dport\b|\bl4proto (tcp|udp)\b/.exec(line)
  const name = protocol?.[1] ?? protocol?.[2]
  const address = /\bip6? daddr (?!\{|@|!=)([\d.a-f:]+)(?![\d.a-f:/])/.exec(line)?.[1]
  return [
    {
      where,
      rule: line.replace(/ counter packets \d+ bytes \d+/, ''),
      ...(name === 'tcp' || name === 'udp' ? { protocol: name } : {}),
      ports,
      ...(address === undefined ? {} : { address }),
    },
  ]
}

const DPORT = /\b(tcp|udp|th) dport (map @\S+|(?:map )?\{[^}]*\}|\d+(?:-\d+)?)/

/** The ports among the keys of a list or a map: `81-84`, `443 : 10.0.0.1 . 443`, `tcp . 8080 : ...`. */
function readPorts(text: string): { first: number; last: number }[] {
  const list = text.replace(/^(map )?\{|\}$/g, '')
  return list.split(',').flatMap((element) => {
    const key = (element.split(' : ')[0] ?? '').trim().split(' . ')
    const [, first, last = first] =
      key.map((part) => /^(\d+)(?:-(\d+))?$/.exec(part)).find((each) => each) ?? []
    return first === undefined ? [] : [{ first: Number(first), last: Number(last) }]
  })
}
