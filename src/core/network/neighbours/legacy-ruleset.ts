/** The kernel's old tables in nft's words, so that packets are judged by them as by all others. What has no such words stays a puzzle. */
import type { Ruleset } from '../../host/ruleset/ruleset.ts'
import { parseRuleset } from '../../host/ruleset/read-ruleset.ts'
import { readOnce } from '../../host/read-once.ts'
import { readSaved, type SavedRule } from './iptables-save.ts'
import type { SeenFilter } from './seen-neighbours.ts'

const HOOKS: Readonly<Record<string, string>> = { INPUT: 'input', FORWARD: 'forward', OUTPUT: 'output' }

/** One table, `ip filter` or `ip6 filter`. */
export const legacyRuleset = readOnce((filter: SeenFilter): Ruleset => parseRuleset(inWordsOfNft(filter)))

export function inWordsOfNft(filter: SeenFilter): string {
  const { policies, rules } = readSaved(filter)
  const chains = [...policies].map(([name, policy]) => {
    const hook = HOOKS[name]
    const head =
      hook === undefined
        ? ''
        : `\t\ttype filter hook ${hook} priority filter; policy ${policy.toLowerCase()};\n`
    const lines = (rules.get(name) ?? []).map((rule) => `\t\t${ruleText(rule, filter.family, policies)}\n`)
    return `\tchain ${name} {\n${head}${lines.join('')}\t}\n`
  })
  return `table ${filter.family} filter {\n${chains.join('')}}\n`
}

const PLAIN_TARGETS: Readonly<Record<string, string>> = {
  ACCEPT: 'accept',
  DROP: 'drop',
  RETURN: 'return',
  REJECT: 'reject',
}
/** After them a rule's chain goes on. */
const HARMLESS = new Set(['LOG', 'NFLOG', 'ULOG', 'TRACE'])
/** Their conditions say themselves what they ask for. */
const BARE_MATCHES = new Set(['tcp', 'udp', 'icmp', 'icmp6', 'conntrack', 'state', 'addrtype', 'multiport'])

interface Reader {
  readonly family: SeenFilter['family']
  readonly chains: ReadonlyMap<string, string>
  protocol: string
}

function ruleText({ words }: SavedRule, family: Reader['family'], chains: Reader['chains']): string {
  const reader: Reader = { family, chains, protocol: '' }
  const parts: string[] = []
  for (let at = 0; at < words.length;) {
    const isNot = words[at] === '!'
    const option = words[at + Number(isNot)] ?? ''
    const value = words[at + Number(isNot) + 1] ?? ''
    if (option === '-j' || option === '-g') {
      parts.push(target(reader, option, value))
      break
    }
    const said = condition(reader, option, value, isNot)
    // Where nobody knows how many words it takes, the next that begins like an option goes on.
    parts.push(said ?? `xt match "${option}"`)
    at += Number(isNot) + 1
    while (at < words.length && !/^(!|-.*)$/.test(words[at] ?? '')) at++
  }
  return parts.filter((part) => part !== '').join(' ')
}

function target({ chains }: Reader, option: string, name: string): string {
  if (HARMLESS.has(name)) return ''
  const plain = PLAIN_TARGETS[name]
  if (plain !== undefined) return plain
  if (!chains.has(name)) return `xt target "${name}"`
  return `${option === '-g' ? 'goto' : 'jump'} ${name}`
}

/** Empty: it says nothing. Undefined: nobody knows. */
function condition(reader: Reader, option: string, value: string, isNot: boolean): string | undefined {
  const not = isNot ? '!= ' : ''
  switch (option) {
    case '-m':
      return BARE_MATCHES.has(value) || value === 'comment' ? '' : undefined
    case '--comment':
      return `comment "${value.replaceAll('"', "'")}"`
    case '-i':
    case '-o':
      return `${option === '-i' ? 'iifname' : 'oifname'} ${not}"${value.replace(/\+$/, '*')}"`
    case '-s':
    case '-d':
      return `${reader.family} ${option === '-s' ? 'saddr' : 'daddr'} ${not}${value}`
    case '-p':
      reader.protocol = isNot ? '' : value
      return `meta l4proto ${not}${value}`
    case '--sport':
    case '--dport':
    case '--sports':
    case '--dports':
      return ports(reader, option, value, not)
    case '--ctstate':
    case '--state':
      // Not a state in nft's words.
      return /DNAT|SNAT/.test(value)
        ? undefined
        : `ct state ${not}{ ${value.toLowerCase().replaceAll(',', ', ')} }`
    case '--icmp-type':
    case '--icmpv6-type':
      return /^\d+$/.test(value)
        ? `${option === '--icmp-type' ? 'icmp' : 'icmpv6'} type ${not}${value}`
        : undefined
    case '--src-type':
    case '--dst-type':
      return `fib ${option === '--src-type' ? 'saddr' : 'daddr'} type ${not}${value.toLowerCase()}`
    default:
      return undefined
  }
}

function ports({ protocol }: Reader, option: string, value: string, not: string): string | undefined {
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined
  const list = value.replaceAll(':', '-').replaceAll(',', ', ')
  return `${protocol} ${option.startsWith('--s') ? 'sport' : 'dport'} ${not}{ ${list} }`
}
