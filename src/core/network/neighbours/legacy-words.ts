/** A rule of the kernel's old tables in nft's words, so that packets are judged by it as by all others. What has no such words stays a puzzle. */
import type { SavedRule } from './iptables-save.ts'

interface Reader {
  readonly family: 'ip' | 'ip6'
  /** To which rules may lead. */
  readonly chains: ReadonlyMap<string, unknown>
  protocol: string
  /** Of which extension the last words were. */
  extension: string
}

interface Option {
  readonly name: string
  readonly values: readonly string[]
  /** `!= ` where it is turned round. */
  readonly not: string
}

export function wordsOfNft({ words }: SavedRule, family: Reader['family'], chains: Reader['chains']): string {
  const reader: Reader = { family, chains, protocol: '', extension: '' }
  const parts: string[] = []
  for (let at = 0; at < words.length;) {
    const isNot = words[at] === '!'
    const start = at + Number(isNot)
    const name = words[start] ?? ''
    if (name === '-j' || name === '-g') {
      parts.push(target(reader, name, words.slice(start + 1)))
      break
    }
    // Where nobody knows how many words it takes, the next that begins like an option goes on.
    at = start + (name === '--comment' ? 2 : 1)
    while (at < words.length && !/^(!|-.*)$/.test(words[at] ?? '')) at++
    const said = condition(reader, { name, values: words.slice(start + 1, at), not: isNot ? '!= ' : '' })
    parts.push(said ?? `xt match "${name}"`)
  }
  return parts.filter((part) => part !== '').join(' ')
}

const PLAIN_TARGETS: Readonly<Record<string, string>> = {
  ACCEPT: 'accept',
  DROP: 'drop',
  RETURN: 'return',
  REJECT: 'reject',
  NOTRACK: 'notrack',
  MASQUERADE: 'masquerade',
}

function target({ chains }: Reader, option: string, [name = '', ...rest]: readonly string[]): string {
  const plain = PLAIN_TARGETS[name]
  if (plain !== undefined) return plain
  const valueOf = (word: string): string => rest[rest.indexOf(word) + 1] ?? ''
  switch (name) {
    case 'DNAT':
      return `dnat to ${valueOf('--to-destination')}`
    case 'SNAT':
      return `snat to ${valueOf('--to-source')}`
    case 'REDIRECT':
      return rest.includes('--to-ports') ? `redirect to :${valueOf('--to-ports')}` : 'redirect'
    case 'MARK':
      return rest.includes('--set-xmark')
        ? `meta mark set ${changed('mark', valueOf('--set-xmark'))}`
        : NO_MARK
    case 'CONNMARK':
      return connectionMark(rest)
    case 'CT':
      if (rest.includes('--notrack')) return 'notrack'
  }
  return chains.has(name) ? `${option === '-g' ? 'goto' : 'jump'} ${name}` : `xt target "${name}"`
}

/** To what, nobody knows. */
const NO_MARK = 'meta mark set unknown'
const ALL = 0xffffffff

/** `0x2/0xff`: the bits of the mask go, and those of the value are turned. */
function changed(of: string, text: string): string {
  const [value = '', mask = ''] = text.split('/')
  const cleared = mask === '' ? ALL : Number(mask)
  return cleared === ALL ? value : `${of} & 0x${((~cleared & ALL) >>> 0).toString(16)} ^ ${value}`
}

function connectionMark(rest: readonly string[]): string {
  const masks = rest.filter((word) => /^0x[\da-f]+$/i.test(word)).map(Number)
  const isWhole = masks.every((mask) => mask === ALL)
  if (rest.includes('--restore-mark')) return isWhole ? 'meta mark set ct mark' : NO_MARK
  if (rest.includes('--save-mark') && isWhole) return 'ct mark set meta mark'
  const at = rest.indexOf('--set-xmark')
  return at === -1 ? 'ct mark set unknown' : `ct mark set ${changed('ct mark', rest[at + 1] ?? '')}`
}

/** Their conditions say themselves what they ask for. */
const BARE_EXTENSIONS = new Set([
  ...['tcp', 'udp', 'icmp', 'icmp6', 'conntrack', 'state', 'addrtype', 'multiport', 'comment'],
  ...['mark', 'connmark', 'mac', 'iprange', 'owner'],
])

const set = (values: string): string =>
  `{ ${values.toLowerCase().replaceAll(':', '-').replaceAll(',', ', ')} }`

/** Empty: it says nothing. Undefined: nobody knows. */
function condition(reader: Reader, { name, values, not }: Option): string | undefined {
  const [value = ''] = values
  const { family, extension } = reader
  switch (name) {
    case '-m':
      reader.extension = value
      return BARE_EXTENSIONS.has(value) ? '' : undefined
    case '--comment':
      return `comment "${value.replaceAll('"', "'")}"`
    case '-i':
    case '-o':
      return `${name === '-i' ? 'iifname' : 'oifname'} ${not}"${value.replace(/\+$/, '*')}"`
    case '-s':
    case '-d':
      return `${family} ${name === '-s' ? 'saddr' : 'daddr'} ${not}${value}`
    case '--src-range':
    case '--dst-range':
      return `${family} ${name === '--src-range' ? 'saddr' : 'daddr'} ${not}${value}`
    case '--mac-source':
      return `ether saddr ${not}${value.toLowerCase()}`
    case '-p':
      reader.protocol = not === '' ? value : ''
      return `meta l4proto ${not}${value}`
    case '--sport':
    case '--dport':
    case '--sports':
    case '--dports':
      return ports(reader, name, value, not)
    case '--tcp-flags':
      return flags(values, not)
    case '--ctstate':
    case '--state':
      // Not a state in nft's words.
      if (value === 'DNAT' || value === 'SNAT')
        return `ct status ${not === '' ? '' : '! '}${value.toLowerCase()}`
      return /DNAT|SNAT/.test(value) ? undefined : `ct state ${not}${set(value)}`
    case '--ctdir':
      return not === '' ? `ct direction ${value.toLowerCase()}` : undefined
    case '--icmp-type':
    case '--icmpv6-type':
      if (value === 'any') return ''
      return /^\d+$/.test(value)
        ? `${name === '--icmp-type' ? 'icmp' : 'icmpv6'} type ${not}${value}`
        : undefined
    case '--src-type':
    case '--dst-type':
      return `fib ${name === '--src-type' ? 'saddr' : 'daddr'} type ${not}${set(value)}`
    case '--mark':
      return marked(extension === 'connmark' ? 'ct mark' : 'meta mark', value, not)
    case '--uid-owner':
    case '--gid-owner':
      return `meta ${name === '--uid-owner' ? 'skuid' : 'skgid'} ${not}${value}`
    default:
      return undefined
  }
}

function ports({ protocol }: Reader, option: string, value: string, not: string): string | undefined {
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined
  return `${protocol} ${option.startsWith('--s') ? 'sport' : 'dport'} ${not}${set(value)}`
}

/** `SYN,RST SYN`: which are looked at, and which of them are to be there. */
function flags([mask = '', wanted = '']: readonly string[], not: string): string | undefined {
  if (wanted === 'NONE' || wanted === '') return undefined
  const spelt = (text: string): string => (text === 'ALL' ? 'FIN,SYN,RST,PSH,ACK,URG' : text).toLowerCase()
  return `tcp flags ${not}${spelt(wanted)} / ${spelt(mask)}`
}

function marked(of: string, text: string, not: string): string {
  const [value = '', mask] = text.split('/')
  return mask === undefined ? `${of} ${not}${value}` : `${of} & ${mask} ${not === '' ? '== ' : not}${value}`
}
