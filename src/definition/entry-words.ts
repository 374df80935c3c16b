/** An entry of a section as words at a terminal, `mac=52:54:00:00:00:07 ip=192.168.122.7`, read as the strings of its XML element. */
import { SECTION_NAMES, type SectionName } from '../core/network/update/sections.ts'
import { didYouMean } from './did-you-mean.ts'

/** A word's value → the part of the element that it is; undefined: the value is not one. */
type Word = (value: string) => Readonly<Record<string, unknown>> | undefined

const as =
  (name: string): Word =>
  (value) => ({ [name]: value })
const truth =
  (name: string, [yes, no] = ['yes', 'no']): Word =>
  (value) => {
    const word = value.toLowerCase()
    if (['yes', 'true', 'on'].includes(word)) return { [name]: yes }
    return ['no', 'false', 'off'].includes(word) ? { [name]: no } : { [name]: value }
  }
const lease: Word = (value) => {
  if (value === 'forever' || value === 'infinite') return { lease: { expiry: '0' } }
  const [, expiry, unit = 'm'] = /^(\d+) ?([a-z]+)?$/.exec(value) ?? []
  const long = { h: 'hours', m: 'minutes', s: 'seconds' }[unit] ?? unit
  return expiry === undefined ? undefined : { lease: { expiry, unit: long } }
}
const span = (value: string): { start: string; end: string } | undefined => {
  const [, start, end] = /^\s*(\S+?)\s*-\s*(\S+)\s*$/.exec(value) ?? []
  return start === undefined || end === undefined ? undefined : { start, end }
}
const names: Word = (value) => ({ hostname: value.split(',') })
/** The prefix may be written with the address. */
const cidr: Word = (value) => {
  const [address, prefix] = value.split('/', 2)
  const family = value.includes(':') ? { family: 'ipv6' } : {}
  return { ...family, address, ...(prefix === undefined ? {} : { prefix }) }
}
const nat =
  (name: string): Word =>
  (value) => {
    const ends = span(value)
    return ends === undefined ? undefined : { nat: { [name]: ends } }
  }

/** Weft's words and libvirt's. The first is meant by a value without a word. */
const WORDS: Readonly<Record<SectionName, Readonly<Record<string, Word>>>> = {
  'ip-dhcp-host': { mac: as('mac'), id: as('id'), name: as('name'), ip: as('ip'), lease },
  'ip-dhcp-range': { range: span, start: as('start'), end: as('end'), lease },
  'dns-host': { ip: as('ip'), name: names, names, hostname: names },
  'dns-txt': { name: as('name'), value: as('value') },
  'dns-srv': plain('service', 'protocol', 'domain', 'target', 'port', 'priority', 'weight'),
  'dns-forwarder': { address: as('addr'), addr: as('addr'), domain: as('domain') },
  dns: { enable: truth('enable'), forwardPlainNames: truth('forwardPlainNames') },
  domain: { name: as('name'), localOnly: truth('localOnly'), register: truth('register') },
  ip: {
    address: cidr,
    ...plain('netmask', 'prefix', 'family'),
    localPtr: truth('localPtr'),
    range: (value) => (span(value) === undefined ? undefined : { dhcp: { range: [span(value)] } }),
  },
  route: {
    to: cidr,
    via: as('gateway'),
    ...plain('netmask', 'prefix', 'family', 'gateway', 'metric'),
    address: cidr,
  },
  forward: {
    mode: (value) => ({ mode: value === 'isolated' ? 'none' : value }),
    device: as('dev'),
    dev: as('dev'),
    ipv6: (value) => ({ nat: truth('ipv6')(value) }),
    addresses: nat('address'),
    ports: nat('port'),
  },
  'forward-interface': { device: as('dev'), dev: as('dev') },
  mtu: { size: as('size') },
  bandwidth: { ...rates('inbound'), ...rates('outbound') },
  port: { isolated: truth('isolated') },
  bridge: { stp: truth('stp', ['on', 'off']), delay: as('delay'), name: as('name') },
  portgroup: {
    name: as('name'),
    default: truth('default'),
    trustGuestRxFilters: truth('trustGuestRxFilters'),
  },
  'dnsmasq-option': { line: as('value') },
}

/** `inbound=1000 inboundPeak=5000 inboundBurst=1024`: kilobytes a second, and kibibytes. */
function rates(way: string): Readonly<Record<string, Word>> {
  const part =
    (name: string): Word =>
    (value) => ({ [way]: { [name]: value } })
  return { [way]: part('average'), [`${way}Peak`]: part('peak'), [`${way}Burst`]: part('burst') }
}

function plain(...keys: readonly string[]): Readonly<Record<string, Word>> {
  return Object.fromEntries(keys.map((key) => [key, as(key)]))
}

export interface WordProblem {
  readonly path: string
  readonly message: string
  readonly hint?: string
}

/** Every word that is wrong, at once. */
export function readEntryWords(
  section: SectionName,
  words: readonly string[],
): { readonly data: Readonly<Record<string, unknown>>; readonly problems: readonly WordProblem[] } {
  // A line for dnsmasq is one: its equals signs are its own.
  if (section === 'dnsmasq-option') return { data: { value: words.join(' ') }, problems: [] }
  const known = WORDS[section]
  const problems: WordProblem[] = []
  let data: Record<string, unknown> = {}
  for (const [position, text] of words.entries()) {
    const [word, value] = splitWord(section, text, position)
    const read = Object.hasOwn(known, word) ? known[word] : undefined
    const part = read?.(value)
    if (part !== undefined) data = join(data, part)
    else if (read === undefined) problems.push(unknownWord(word, text, Object.keys(known)))
    else
      problems.push({ path: word, message: `'${value}' is no value of ${word}`, hint: EXAMPLES[word] ?? '' })
  }
  return { data, problems }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  lease: 'such as 2h, 30m or forever',
  range: 'such as 192.168.122.100-192.168.122.199',
  ports: 'such as 20000-29999',
  addresses: 'such as 198.51.100.50-198.51.100.53',
}

/** A value by itself is the section's first word; after an address of dns-host stand its names, as in /etc/hosts. */
function splitWord(section: SectionName, text: string, position: number): [word: string, value: string] {
  const [, word, value] = /^([A-Za-z0-9]+)=(.*)$/s.exec(text) ?? []
  if (word !== undefined && value !== undefined) return [word, value]
  const first = Object.keys(WORDS[section])[0] ?? ''
  return [section === 'dns-host' && position > 0 ? 'name' : first, text]
}

/** Nested parts are put together, lists appended. */
function join(
  data: Record<string, unknown>,
  part: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const joined = { ...data }
  for (const [key, value] of Object.entries(part)) {
    const before = joined[key]
    if (Array.isArray(before) && Array.isArray(value))
      joined[key] = [...(before as unknown[]), ...(value as unknown[])]
    else if (isRecord(before) && isRecord(value)) joined[key] = { ...before, ...value }
    else joined[key] = value
  }
  return joined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unknownWord(word: string, text: string, known: readonly string[]): WordProblem {
  const meant = didYouMean(word, known)
  const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean '${meant}'?`
  return { path: word, message: `'${text}' is not part of such an entry`, hint }
}

/** What people call them besides. */
const OTHER_NAMES: Readonly<Record<string, SectionName>> = {
  host: 'ip-dhcp-host',
  'dhcp-host': 'ip-dhcp-host',
  reservation: 'ip-dhcp-host',
  range: 'ip-dhcp-range',
  'dhcp-range': 'ip-dhcp-range',
  txt: 'dns-txt',
  srv: 'dns-srv',
  forwarder: 'dns-forwarder',
  address: 'ip',
  mode: 'forward',
  interface: 'forward-interface',
  isolation: 'port',
  option: 'dnsmasq-option',
}

/** undefined when nobody knows it, with the name that may have been meant. */
export function findSection(name: string): { section?: SectionName; meant?: string } {
  const section = SECTION_NAMES.find((each) => each === name)
  if (section !== undefined) return { section }
  const other = Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined
  if (other !== undefined) return { section: other }
  const meant = didYouMean(name, [...SECTION_NAMES, ...Object.keys(OTHER_NAMES)])
  return meant === undefined ? {} : { meant }
}
