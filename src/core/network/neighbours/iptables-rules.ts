/** What of a network's traffic an iptables table is asked to accept: only what weft itself lets through afterwards. */
import { isServed } from '../dnsmasq/plan-dnsmasq.ts'
import { ipv4Of, ipv6Of, isForwarded, isSwitched } from '../ips.ts'
import type { SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'
import { markOf, type SeenFilter } from './seen-neighbours.ts'
import { waysOf } from './ways.ts'

export interface AskedRule {
  readonly hook: 'FORWARD' | 'INPUT'
  /** What follows the chain's name, spelt as iptables-save prints it back. */
  readonly text: string
  /** What it lets happen. */
  readonly meaning: string
}

/** Every family apart: its table, its addresses. */
export function askedRules(network: NetworkSpec, { family }: SeenFilter, seen: SeenHost): AskedRule[] {
  return [...forwardRules(network, family, seen), ...inputRules(network, family)].map((rule) => ({
    ...rule,
    text: `${rule.text} -m comment --comment "${markOf(network.name)}" -j ACCEPT`,
  }))
}

function forwardRules(network: NetworkSpec, family: 'ip' | 'ip6', seen: SeenHost): AskedRule[] {
  const { name, mode } = network
  const isBridged = family === 'ip' ? seen.bridgeFilter.ipv4 : seen.bridgeFilter.ipv6
  const bridge = network.bridge?.name ?? network.hostBridge
  if (bridge === undefined) return []
  const hook = 'FORWARD'
  const sameSwitch: AskedRule = {
    hook,
    text: `-i ${bridge} -o ${bridge} -m physdev --physdev-is-bridged`,
    meaning: `guests of ${name} reach each other`,
  }
  const own = isBridged && network.portsAreIsolated !== true ? [sameSwitch] : []
  if (!isSwitched(network) || !isForwarded(network) || !hasFamily(network, family)) return own
  const out = waysOf(network, seen).map((way): AskedRule => ({
    hook,
    text: `-i ${bridge} -o ${way}`,
    meaning: `guests of ${name} reach the outside through ${way}`,
  }))
  const answers: AskedRule = {
    hook,
    text: `-o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED,DNAT`,
    meaning: `guests of ${name} get answers, and are reached at what they publish`,
  }
  const all: AskedRule = { hook, text: `-o ${bridge}`, meaning: `guests of ${name} are reached` }
  return [...out, mode === 'nat' ? answers : all, ...own]
}

/** What dnsmasq is asked on the bridge. */
function inputRules(network: NetworkSpec, family: 'ip' | 'ip6'): AskedRule[] {
  const { name, bridge } = network
  if (bridge === undefined || !hasFamily(network, family) || !isServed(network)) return []
  const rule = (protocol: string, port: number, meaning: string): AskedRule => ({
    hook: 'INPUT',
    text: `-i ${bridge.name} -p ${protocol} -m ${protocol} --dport ${String(port)}`,
    meaning: `guests of ${name} ${meaning}`,
  })
  const tftp =
    ipv4Of(network)?.tftpRoot === undefined ? [] : [rule('udp', 69, 'fetch what they boot from this host')]
  const names = 'ask this host for names'
  const neighbours = ['133', '135', '136'].map((type): AskedRule => ({
    hook: 'INPUT',
    text: `-i ${bridge.name} -p ipv6-icmp -m icmp6 --icmpv6-type ${type}`,
    meaning: `guests of ${name} find this host`,
  }))
  return [
    ...(family === 'ip6' ? neighbours : []),
    rule('udp', family === 'ip' ? 67 : 547, 'get addresses from this host'),
    rule('udp', 53, names),
    rule('tcp', 53, names),
    ...(family === 'ip' ? tftp : []),
  ]
}

function hasFamily(network: NetworkSpec, family: 'ip' | 'ip6'): boolean {
  return (family === 'ip' ? ipv4Of(network) : ipv6Of(network)) !== undefined
}
