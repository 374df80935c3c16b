/** The firewalls whose cost is counted: none, the least one can have for NAT, and weft's own table with one network and with many. */
import type { InterfaceName } from '../src/core/address/interface-name.ts'
import type { Ipv4Address } from '../src/core/address/ipv4.ts'
import type { MacAddress } from '../src/core/address/mac.ts'
import type { SeenLink } from '../src/core/host/link.ts'
import type { PortFilter } from '../src/core/network/filter/filter-spec.ts'
import { STOCK_FILTERS } from '../src/core/network/filter/stock-filters.ts'
import type { Rule } from '../src/core/network/guard/firewall-spec.ts'
import { formatGuardTable } from '../src/core/network/guard/guard-text.ts'
import { guardOf } from '../src/core/network/guard/network-guard.ts'
import { guardSteps } from '../src/core/network/guard/plan-guard.ts'
import type { PublishedPort } from '../src/core/network/firewall/nft-published.ts'
import { formatRuleset } from '../src/core/network/firewall/nft-ruleset.ts'
import { fastPathSteps } from '../src/core/network/firewall/plan-fast-path.ts'
import type { PortSpec } from '../src/core/network/port.ts'
import type { NetworkSpec } from '../src/core/network/spec.ts'
import type { Step } from '../src/core/plan/plan.ts'
import { SENDER, UPLINK, type Ruleset } from './packet-guest.ts'

const MANY = 300

const ONE_RULE = `table ip nat {
  chain postrouting { type nat hook postrouting priority srcnat; oifname "up0" masquerade
  }
}
`

export function packetRulesets(): Ruleset[] {
  const many = formatRuleset(Array.from({ length: MANY }, (_, index) => network(index)))
  return [
    { name: 'plain routing', nft: '', guest: 'first' },
    { name: 'one masquerade rule', nft: ONE_RULE, guest: 'first' },
    { name: 'weft, 1 network', nft: formatRuleset([network(0)]), guest: 'first' },
    { name: `weft, ${String(MANY)} networks, on the first`, nft: many, guest: 'first' },
    { name: `weft, ${String(MANY)} networks, on the last`, nft: many, guest: 'last' },
    { name: 'the same and 1000 rules for 100 other guests', nft: many + rules(false), guest: 'last' },
    { name: 'the same and 10 rules for the sender', nft: many + rules(true), guest: 'last' },
    {
      name: `weft, ${String(MANY)} networks, clean-traffic at 100 other guests`,
      nft: many + filters(false),
      guest: 'last',
    },
    { name: 'the same, and at the sender', nft: many + filters(true), guest: 'last' },
    {
      name: `weft, ${String(MANY)} networks with a flowtable`,
      nft: many + fastPath(MANY - 1),
      guest: 'last',
    },
    ...[1, 1000].map((count) => ({
      name: `weft, ${String(MANY)} networks, ${String(count)} published`,
      nft: published(count),
      guest: 'last' as const,
      calls: FIRST_PORT + count - 1,
    })),
  ]
}

const FIRST_PORT = 10_000

/** Ports of one guest; the last of them is called. */
function published(count: number): string {
  const networks = Array.from({ length: MANY }, (_, index) => network(index))
  const ports = Array.from({ length: count }, (_, index): PublishedPort => ({
    protocol: 'udp',
    port: FIRST_PORT + index,
    guestPort: 80,
    count: 1,
    machine: 'web',
    network: `net${String(MANY - 1)}`,
    // Where the bench's guest is.
    ip: `10.${String((MANY - 1) >> 8)}.${String((MANY - 1) & 255)}.2` as Ipv4Address,
  }))
  return formatRuleset(networks, ports)
}

/** As weft adds it for the one network whose bridge is there. */
function fastPath(index: number): string {
  const destination = { address: '0.0.0.0' as Ipv4Address, prefix: 0 }
  const uplink = { name: UPLINK, alias: undefined } as SeenLink
  const route = { destination, device: UPLINK, table: 'main', gateway: undefined, metric: undefined }
  const seen = { links: [uplink], routes: [route], routes6: [], fastPath: { listing: undefined } }
  const [step] = fastPathSteps(network(index), seen)
  return step === undefined ? '' : textOf([step])
}

const RULES_EACH = 10

/** A thousand rules for a hundred guests of another network, and as many as each of them has for the sender. */
function rules(forSender: boolean): string {
  const beside = Array.from({ length: 100 }, (_, index) => guest(7, `vnet${String(1000 + index)}`))
  const other = withRules(network(7), beside)
  const table = guardOf(other, beside)
  const first = textOf(guardSteps(other, beside, { guard: undefined }))
  if (!forSender || table === undefined) return first
  const sender = guest(MANY - 1, `vnet${String(MANY - 1)}`)
  const own = withRules(network(MANY - 1), [sender])
  return `${first}${textOf(guardSteps(own, [sender], { guard: formatGuardTable(table) }))}`
}

function guest(index: number, name: string): PortSpec {
  return {
    network: `net${String(index)}`,
    interface: name as InterfaceName,
    mac: SENDER,
    hostName: name,
  }
}

/** A hundred guests of another network are held to a filter, and the sender too, or not. */
function filters(forSender: boolean): string {
  const others = Array.from({ length: 100 }, (_, index) => {
    const ip = `10.0.7.${String(index + 2)}`
    return { ...guest(7, `vnet${String(1000 + index)}`), filter: cleanTraffic(ip) }
  })
  const table = guardOf(network(7), others)
  const first = textOf(guardSteps(network(7), others, { guard: undefined }))
  if (!forSender || table === undefined) return first
  const last = MANY - 1
  const ip = `10.${String(last >> 8)}.${String(last & 255)}.2`
  const sender = { ...guest(last, `vnet${String(last)}`), filter: cleanTraffic(ip) }
  return `${first}${textOf(guardSteps(network(last), [sender], { guard: formatGuardTable(table) }))}`
}

const cleanTraffic = (ip: string): PortFilter => ({
  name: 'clean-traffic',
  variables: [
    { name: 'IP', value: ip },
    { name: 'MAC', value: SENDER },
  ],
  filters: STOCK_FILTERS,
})

/** Denied ports that nobody asks for: the packet passes all of them. */
function withRules(spec: NetworkSpec, ports: readonly PortSpec[]): NetworkSpec {
  const one = (port: number): Rule => ({
    verdict: 'deny',
    direction: port % 2 === 0 ? 'out' : 'in',
    protocol: 'udp',
    ports: [{ start: port, end: port }],
  })
  const guests = ports.map(({ hostName = '' }) => ({
    name: hostName,
    rules: Array.from({ length: RULES_EACH }, (_, index) => one(20_000 + index)),
  }))
  return { ...spec, firewall: { rules: [], groups: [], guests } }
}

function textOf(steps: readonly Step[]): string {
  return steps.map(({ do: action }) => (action.kind === 'run' ? (action.stdin ?? '') : '')).join('')
}

function network(index: number): NetworkSpec {
  const address = `10.${String(index >> 8)}.${String(index & 255)}.1` as Ipv4Address
  return {
    name: `net${String(index)}`,
    uuid: '',
    mode: 'nat',
    bridge: { name: `virbr${String(index)}` as InterfaceName, stp: true, delaySeconds: 0 },
    mac: '52:54:00:00:00:01' as MacAddress,
    ips: [{ family: 'ipv4', cidr: { address, prefix: 24 }, prefixSpelling: 'prefix' }],
    routes: [],
    kept: [],
  }
}
