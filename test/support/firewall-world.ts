/** A network with three guests whose firewall the tests change, and what packets make of it. */
import assert from 'node:assert/strict'
import { after, before, beforeEach } from 'node:test'
import {
  addNetworkRule,
  removeFromGroup,
  removeNetworkRule,
  setNetworkRules,
  type RulesSettings,
} from '../../src/app/firewall.ts'
import { showFirewall } from '../../src/app/firewall-state.ts'
import { defineNetwork, startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { addPort } from '../../src/app/network-ports.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { probe, serveEcho, stopEcho } from './guest-world.ts'
import { addHost, makeRoot, openRealApp, removeRoot, run, type RealApp } from './real-app.ts'

const DEFINITION = `
name: lab
nat: {ipv6: true}
bridge: virbr0
domain: lab.example
addresses:
  - {address: 10.9.0.1/24, dhcp: {range: 10.9.0.100-10.9.0.200}}
  - {address: "fd77:9::1/64"}
`
export const BY = { by: 'test', dryRun: false }
const GUESTS = { a: 11, b: 12, c: 13 } as const
type Guest = keyof typeof GUESTS
export const OUTSIDE = ['192.0.2.2', 'fd00:2::2'] as const
export const HOST = ['10.9.0.1', 'fd77:9::1'] as const
export const at = (guest: Guest): [string, string] => [
  `10.9.0.${String(GUESTS[guest])}`,
  `fd77:9::${String(GUESTS[guest])}`,
]

export let real: RealApp

/** A network with three guests and somebody outside; each test begins without a firewall. */
export function useFirewallWorld(): void {
  before(open)
  after(close)
  beforeEach(async () => {
    await clear()
    assert.equal(real.app.networks.find('lab')?.spec.firewall, undefined)
    assert.equal(guardTable(), '')
  })
}

async function open(): Promise<void> {
  real = openRealApp(makeRoot())
  addHost('out', '192.0.2.1/24', '192.0.2.2/24')
  run('ip', 'address', 'add', 'fd00:2::1/64', 'dev', 'out', 'nodad')
  run('ip', '-n', 'out', 'address', 'add', 'fd00:2::2/64', 'dev', 'eth0', 'nodad')
  run('ip', '-n', 'out', 'route', 'add', 'default', 'via', '192.0.2.1')
  await defineNetwork(real.app, await readNetworkDefinition(DEFINITION), BY)
  await startNetwork(real.app, 'lab', BY)
  for (const [name, last] of Object.entries(GUESTS)) {
    run('ip', 'netns', 'add', name)
    // One address of each family: whoever answers from another would not be known again.
    inside(name, 'sysctl', '-q', '-w', 'net.ipv6.conf.default.accept_ra=0')
    const mac = `52:54:00:00:00:${String(last)}`
    await addPort(real.app, 'lab', { netns: name, mac, ip: `10.9.0.${String(last)}` }, BY)
    run('ip', '-n', name, 'address', 'add', `fd77:9::${String(last)}/64`, 'dev', 'eth0', 'nodad')
    run('ip', '-n', name, 'route', 'add', 'default', 'via', 'fd77:9::1')
  }
  await serveEcho(['', 'out', ...Object.keys(GUESTS)])
}

async function close(): Promise<void> {
  stopEcho()
  await stopNetwork(real.app, 'lab', { ...BY, force: true })
  real.close()
  removeRoot(real.root)
}

async function clear(): Promise<void> {
  const { lists } = await showFirewall(real.app, 'lab')
  for (const { guest, group, rules } of lists) {
    for (const { rule } of rules) await removeNetworkRule(real.app, 'lab', { guest, group, which: rule }, BY)
    await set({
      guest,
      group,
      in: 'inherit',
      out: 'inherit',
      ...(group === undefined ? { antiSpoofing: 'inherit' } : {}),
    })
  }
  for (const { group } of lists)
    if (group !== undefined) await removeFromGroup(real.app, 'lab', group, [], BY)
}

export function guardTable(): string {
  try {
    return run('nft', 'list', 'table', 'bridge', 'weft')
  } catch {
    return ''
  }
}

export const set = (settings: RulesSettings): Promise<unknown> =>
  setNetworkRules(real.app, 'lab', settings, BY)
export const add = (rule: string, more: { guest?: string; group?: string } = {}): Promise<unknown> =>
  addNetworkRule(real.app, 'lab', { rule, ...more }, BY)

/** TCP and UDP to both addresses of somebody: all alike, or each by itself. */
export async function reach(from: string, to: readonly string[]): Promise<string> {
  const answers = await probe(from, to)
  const words = [...new Set(Object.values(answers))]
  return words.length === 1 ? (words[0] ?? '') : JSON.stringify(answers)
}

export const ALL = 'tcp allow, udp allow'
export const NOTHING = 'tcp drop, udp drop'

export function inside(namespace: string, ...words: string[]): string {
  return run('ip', 'netns', 'exec', namespace, ...words)
}

/** What it says, or how it fails, does not matter. */
export function busy(namespace: string, ...words: string[]): void {
  try {
    inside(namespace, 'busybox', ...words)
  } catch {
    // Nobody answered.
  }
}

export function pings(from: string, to: string, ...words: string[]): boolean {
  try {
    inside(from, 'busybox', 'ping', '-c1', '-W3', '-q', ...words, to)
    return true
  } catch {
    return false
  }
}
