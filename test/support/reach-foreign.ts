/** Chains of others that drop: as somebody else would make them, which cells they take away, and whether weft foretells it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { blockedBy, parseForeignChains, type Way } from '../../src/core/network/firewall/foreign-chains.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { drive, type Cell } from './reach-cells.ts'
import { expected, tableUnder } from './reach-page.ts'
import type { Member, World } from './reach-world.ts'

interface ForeignRules {
  readonly hook: 'forward' | 'input'
  /** br_netfilter. */
  readonly isBridgeFiltered: boolean
}

/** Each with its row on the page. */
const FOREIGN: Readonly<Record<string, ForeignRules>> = {
  'FORWARD drops, as Docker has it': { hook: 'forward', isBridgeFiltered: false },
  'FORWARD drops, and br_netfilter is on': { hook: 'forward', isBridgeFiltered: true },
  'INPUT drops but for answers': { hook: 'input', isBridgeFiltered: false },
}

interface Family {
  /** As the headings of the page have it. */
  readonly name: 'IPv4' | 'IPv6'
  readonly table: 'ip' | 'ip6'
  readonly filterFile: string
  /** A chain that dropped what finds neighbours would leave no IPv6 at all: whoever drops lets it through, as ufw does. */
  readonly accepts: string
  /** Beginnings of the cells' names. */
  readonly cells: Readonly<Record<Way, readonly string[]>>
  /** Not an exchange of packets of this family. */
  readonly besides: RegExp
}

export const IPV4: Family = {
  name: 'IPv4',
  table: 'ip',
  filterFile: '/proc/sys/net/bridge/bridge-nf-call-iptables',
  accepts: '',
  cells: {
    outside: ['g2o', 'o2g', 'spoof2o'],
    'each other': ['g2g'],
    'this host': ['dhcp4', 'dns4', 'g2h', 'g2hup', 'g2xgw'],
  },
  besides: /^(g2g\.ll6|g2o\.seen|g2o\.lowport) /,
}

export const IPV6: Family = {
  name: 'IPv6',
  table: 'ip6',
  filterFile: '/proc/sys/net/bridge/bridge-nf-call-ip6tables',
  accepts: 'icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept',
  cells: {
    outside: ['g2o6', 'o2g6'],
    'each other': ['g2g6'],
    'this host': ['dhcp6', 'dns6', 'g2h6'],
  },
  besides: /^g2o6\.seen /,
}

export interface ForeignTests {
  readonly family: Family
  readonly members: readonly Member[]
  /** There from the first test on. */
  readonly world: () => World
  readonly cells: () => ReadonlyMap<string, Cell>
}

/** A test for each kind of chain. */
export function testForeign(asked: ForeignTests): void {
  for (const [what, rules] of Object.entries(FOREIGN))
    test(`${what}: exactly the cells that the page names are blocked, and weft foretells them`, async () => {
      loadForeign(asked.family, rules)
      try {
        await compare(asked, what, rules)
      } finally {
        unloadForeign(asked.family)
      }
    })
}

async function compare({ family, members, world, cells }: ForeignTests, what: string, rules: ForeignRules) {
  const [[, ...columns] = [], ...rows] = tableUnder(`With firewall rules of others, ${family.name}`)
  const [, ...named] = rows.find(([first]) => first === what) ?? []
  const lost = new Map(columns.map((column, index) => [column, (named[index] ?? '').split(' ')]))
  const one = passing(family, 'One network')
  const isLost = (key: string): boolean => {
    const { group, column } = cellOf(key)
    return lost.get(column)?.includes(group) === true
  }
  const crossing = lost.get('crossing')?.[0] === 'blocked'
  const wanted = new Map([
    ...[...one].map(([key, word]) => [key, isLost(key) ? 'drop' : word] as const),
    ...[...passing(family, 'Between networks')].map(
      ([key, word]) => [key, crossing ? 'drop' : word] as const,
    ),
  ])
  const words = await drive(world().witnesses, cells(), wanted)
  assert.deepEqual(Object.fromEntries(words), Object.fromEntries(wanted))
  for (const { column, name } of members) {
    const spec = world().real.app.networks.find(name)?.spec
    assert.ok(spec)
    const there = [...one.keys()].map(cellOf).filter((cell) => cell.column === column)
    const told = foretold(family, rules, spec).filter((group) => there.some((cell) => cell.group === group))
    assert.deepEqual(told.length === 0 ? ['-'] : told, lost.get(column), column)
  }
}

function loadForeign({ table, filterFile, accepts }: Family, { hook, isBridgeFiltered }: ForeignRules): void {
  writeFileSync(filterFile, isBridgeFiltered ? '1' : '0')
  const chain = `chain ${hook.toUpperCase()} {
    type filter hook ${hook} priority filter; policy drop
    ct state established,related accept
    iifname "lo" accept
    ${accepts}
  }`
  execFileSync('nft', ['-f', '-'], { input: `table ${table} filter {\n${chain}\n}\n` })
}

function unloadForeign({ table, filterFile }: Family): void {
  execFileSync('nft', ['delete', 'table', table, 'filter'])
  writeFileSync(filterFile, '1')
}

/** Beginnings of the cells' names that weft says a network may lose. */
function foretold(family: Family, { isBridgeFiltered }: ForeignRules, network: NetworkSpec): string[] {
  const chains = parseForeignChains(execFileSync('nft', ['list', 'chains'], { encoding: 'utf8' }))
  const isIpv4 = family.name === 'IPv4'
  const bridged = { ipv4: isBridgeFiltered && isIpv4, ipv6: isBridgeFiltered && !isIpv4 }
  return blockedBy(chains, network, bridged).flatMap(({ ways }) => ways.flatMap((way) => family.cells[way]))
}

/** `g2o.tcp very isolated`: g2o, of the very isolated network. */
function cellOf(key: string): { group: string; column: string } {
  const [, group = '', column = ''] = /^([^ .]+)\S* (.*)$/.exec(key) ?? []
  return { group, column }
}

/** What a host without other rules lets through. */
function passing({ name, besides }: Family, heading: string): Map<string, string> {
  const all = [...expected(`${heading}, ${name}`)]
  return new Map(all.filter(([key, word]) => /^(allow|oneway)$/.test(word) && !besides.test(key)))
}
