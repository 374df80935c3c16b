/** Chains of others that drop: as somebody else would make them, and which cells they may take away. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { blockedBy, parseForeignChains, type Way } from '../../src/core/network/firewall/foreign-chains.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'

export interface ForeignRules {
  readonly hook: 'forward' | 'input'
  /** br_netfilter. */
  readonly isBridgeFiltered: boolean
}

/** Each with its row on the page. */
export const FOREIGN: Readonly<Record<string, ForeignRules>> = {
  'FORWARD drops, as Docker has it': { hook: 'forward', isBridgeFiltered: false },
  'FORWARD drops, and br_netfilter is on': { hook: 'forward', isBridgeFiltered: true },
  'INPUT drops but for answers': { hook: 'input', isBridgeFiltered: false },
}

const filterFile = '/proc/sys/net/bridge/bridge-nf-call-iptables'

export function loadForeign({ hook, isBridgeFiltered }: ForeignRules): void {
  writeFileSync(filterFile, isBridgeFiltered ? '1' : '0')
  const chain = `chain ${hook.toUpperCase()} {
    type filter hook ${hook} priority filter; policy drop
    ct state established,related accept
    iifname "lo" accept
  }`
  execFileSync('nft', ['-f', '-'], { input: `table ip filter {\n${chain}\n}\n` })
}

export function unloadForeign(): void {
  execFileSync('nft', ['delete', 'table', 'ip', 'filter'])
  writeFileSync(filterFile, '1')
}

/** Beginnings of the cells' names that weft says it may lose, of one network. */
export function foretold({ isBridgeFiltered }: ForeignRules, network: NetworkSpec): string[] {
  const chains = parseForeignChains(execFileSync('nft', ['list', 'chains'], { encoding: 'utf8' }))
  const blocked = blockedBy(chains, network, { ipv4: isBridgeFiltered, ipv6: false })
  return blocked.flatMap(({ ways }) => ways.flatMap((way) => CELLS[way]))
}

const CELLS: Readonly<Record<Way, readonly string[]>> = {
  outside: ['g2o', 'o2g', 'spoof2o'],
  'each other': ['g2g'],
  'this host': ['dhcp4', 'dns4', 'g2h', 'g2hup', 'g2xgw'],
}
