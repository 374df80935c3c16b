/** The switch of a network and who answers on it: the bridge, this host's address, and dnsmasq. */
import { ipv4Bounds, ipv4FromNumber, ipv4ToNumber } from '../address/ipv4.ts'
import { dnsmasqFiles, leaseFile } from '../host/paths.ts'
import { isLeaseCurrent, parseLeases } from '../network/addresses/leases.ts'
import { formatDnsmasqConf } from '../network/dnsmasq/dnsmasq-conf.ts'
import { isServed } from '../network/dnsmasq/plan-dnsmasq.ts'
import { bridgeNameOf, ipv4Of, ipv4sOf, ipv6sOf, isSwitched } from '../network/ips.ts'
import { switchOf } from '../network/seen.ts'
import type { NetworkSpec, SwitchedNetwork } from '../network/spec.ts'
import type { Check, NetworkPlace, Verdict } from './check.ts'
import { settingOf, type Server } from './sight.ts'

export const SWITCH_CHECKS: readonly Check[] = [{ of: 'network', stage: 'switch', judge: judgeSwitch }]

export const SERVICE_CHECKS: readonly Check[] = [
  { of: 'network', stage: 'address', judge: judgeAddress },
  { of: 'network', stage: 'dnsmasq', judge: judgeDnsmasq },
  { of: 'network', stage: 'leases', judge: judgeLeases },
]

const repairOf = ({ name }: NetworkSpec): string => `weft net repair ${name}`

function judgeSwitch({ network, sight }: NetworkPlace): Verdict {
  const name = bridgeNameOf(network)
  if (name === undefined) return undefined
  const bridge = switchOf(sight.seen, network)
  const mend = isSwitched(network) ? repairOf(network) : undefined
  if (bridge === undefined)
    return {
      kind: 'switch-gone',
      what: `bridge ${name} is not there any more`,
      culprit: `somebody deleted ${name}`,
      ...(mend === undefined ? { advice: `make bridge ${name} again` } : { mend }),
    }
  if (!bridge.isUp)
    return {
      kind: 'switch-down',
      what: `bridge ${name} is switched off`,
      culprit: `link ${name}`,
      mend: mend ?? `ip link set dev ${name} up`,
    }
  if (isSwitched(network) && bridge.mac !== undefined && bridge.mac !== network.mac)
    return {
      kind: 'switch-mac',
      what: `bridge ${name} has the MAC ${bridge.mac}: guests know it as ${network.mac}`,
      culprit: `the MAC of ${name}`,
      mend: `ip link set dev ${name} address ${network.mac}`,
    }
  if (sight.examined.flags.get(name)?.includes('NOARP') === true)
    return {
      kind: 'switch-noarp',
      what: `${name} answers no ARP: guests do not find their gateway`,
      culprit: `link setting 'arp off' of ${name}`,
      mend: `ip link set dev ${name} arp on`,
    }
  const wantsVlans =
    network.vlan !== undefined || (network.portgroups ?? []).some(({ vlan }) => vlan !== undefined)
  if (isSwitched(network) && bridge.bridge?.isVlanAware === true && !wantsVlans)
    return {
      kind: 'switch-vlans',
      what: `${name} looks at VLAN tags, and network ${network.name} has no VLANs`,
      culprit: `bridge setting 'vlan_filtering 1' of ${name}`,
      mend: repairOf(network),
    }
  return `${name} is on`
}

/** ARP for an address is answered on the bridge that has it, unless somebody has said otherwise. */
const MOST_ARP_IGNORE = 3

function judgeAddress({ network, sight }: NetworkPlace): Verdict {
  const bridge = switchOf(sight.seen, network)
  if (!isSwitched(network) || bridge === undefined || network.ips.length === 0) return undefined
  const { name } = network.bridge
  const has = (address: string): boolean =>
    [...bridge.ipv4, ...bridge.ipv6].some((each) => each.address === address)
  const noIpv6 = settingOf(sight, `net.ipv6.conf.${name}.disable_ipv6`) === '1'
  if (ipv6sOf(network).length > 0 && noIpv6)
    return {
      kind: 'ipv6-off',
      what: `IPv6 is switched off on ${name}`,
      culprit: `sysctl net.ipv6.conf.${name}.disable_ipv6`,
      mend: `sysctl -w net.ipv6.conf.${name}.disable_ipv6=0 && ${repairOf(network)}`,
    }
  const missing = network.ips.find(({ cidr }) => !has(cidr.address))
  if (missing !== undefined)
    return {
      kind: 'address-gone',
      what: `${name} does not have this host's address ${missing.cidr.address}: guests have no gateway`,
      culprit: `somebody took ${missing.cidr.address} from ${name}`,
      mend: repairOf(network),
    }
  const ignore = settingOf(sight, `net.ipv4.conf.${name}.arp_ignore`)
  if (Number(ignore ?? '0') > MOST_ARP_IGNORE)
    return {
      kind: 'arp-ignored',
      what: `this host answers no ARP on ${name}: guests do not find their gateway`,
      culprit: `sysctl net.ipv4.conf.${name}.arp_ignore`,
      mend: `sysctl -w net.ipv4.conf.${name}.arp_ignore=0`,
    }
  return network.ips.map(({ cidr }) => `${cidr.address}/${String(cidr.prefix)}`).join(', ')
}

const DHCP_PORT = 67
const nameOf = ({ program, pid }: Server): string => `${program} (pid ${String(pid)})`

function judgeDnsmasq({ network, sight }: NetworkPlace): Verdict {
  const { seen, facts, plugs, examined } = sight
  const hasGuests = plugs.some((plug) => plug.network === network.name && plug.link !== undefined)
  if (!isSwitched(network) || !isServed(network) || !hasGuests) return undefined
  const hasDhcp = ipv4Of(network)?.dhcp !== undefined
  const process = examined.dnsmasqs.get(network.name)
  const rivals = rivalsOf(network, examined.servers, process?.pid)
  const repair = repairOf(network)
  if (process === undefined) {
    const [rival] = rivals
    const what = `dnsmasq does not run: guests get ${hasDhcp ? 'neither addresses nor names' : 'no names'}`
    if (rival === undefined)
      return { kind: 'dnsmasq-gone', what, culprit: `dnsmasq of network ${network.name}`, mend: repair }
    const port = `${rival.port === DHCP_PORT ? 'DHCP' : 'DNS'}'s port, ${String(rival.port)}`
    return {
      kind: 'dnsmasq-port-taken',
      what: `${what}; ${rival.program} has ${port}`,
      culprit: nameOf(rival),
      mend: `kill ${String(rival.pid)} && ${repair}`,
    }
  }
  const { pid, isStopped } = process
  if (isStopped)
    return {
      kind: 'dnsmasq-stopped',
      what: 'dnsmasq stands still: somebody has stopped it',
      culprit: `dnsmasq (pid ${String(pid)})`,
      mend: `kill -CONT ${String(pid)}`,
    }
  const { conf } = dnsmasqFiles(facts.paths, network.name)
  if (seen.files.get(conf) !== formatDnsmasqConf(network, facts))
    return {
      kind: 'dnsmasq-conf',
      what: `its configuration is not as weft wrote it: ${conf}`,
      culprit: `somebody changed ${conf}`,
      mend: repair,
    }
  // One that listens on every link may serve others only.
  const rival = rivals.find(({ port, device }) => port === DHCP_PORT && device !== undefined)
  if (hasDhcp && rival !== undefined)
    return {
      kind: 'second-dhcp',
      what: `a second DHCP server listens on ${network.bridge.name}: ${rival.program}`,
      culprit: nameOf(rival),
      mend: `kill ${String(rival.pid)}`,
    }
  return `runs (pid ${String(pid)}), as weft configured it`
}

/** Others on those ports, where the network's own would have to be. */
function rivalsOf(network: SwitchedNetwork, servers: readonly Server[], own: number | undefined): Server[] {
  const addresses = new Set<string>(ipv4sOf(network).map(({ cidr }) => cidr.address))
  return servers.filter(
    ({ address, device = network.bridge.name, pid }) =>
      pid !== own && device === network.bridge.name && (address === undefined || addresses.has(address)),
  )
}

function judgeLeases({ network, sight }: NetworkPlace): Verdict {
  const ip = ipv4Of(network)
  const ranges = ip?.dhcp?.ranges ?? []
  if (ip === undefined || ranges.length === 0) return undefined
  const text = sight.seen.files.get(leaseFile(sight.facts.paths, network.name)) ?? ''
  const current = parseLeases(text).filter((lease) => isLeaseCurrent(lease, sight.now))
  const inRange = (address: number): boolean =>
    ranges.some(({ start, end }) => address >= ipv4ToNumber(start) && address <= ipv4ToNumber(end))
  const used = current.filter((lease) => inRange(ipv4ToNumber(lease.ip))).length
  const size = ranges.reduce((sum, { start, end }) => sum + ipv4ToNumber(end) - ipv4ToNumber(start) + 1, 0)
  if (used < size) return `${String(used)} of ${String(size)} addresses given`
  const more = roomIn(network)
  return {
    kind: 'range-exhausted',
    what: `all ${String(size)} addresses that guests of ${network.name} can have are given`,
    culprit: `the DHCP range of network ${network.name}`,
    ...(more === undefined
      ? { advice: `give it a larger subnet: weft net edit ${network.name}` }
      : { mend: `weft net update ${network.name} add range ${more}` }),
  }
}

/** The most addresses in a row behind all ranges, and behind this host's own. */
function roomIn(network: NetworkSpec): string | undefined {
  const ip = ipv4Of(network)
  if (ip === undefined) return undefined
  const { last } = ipv4Bounds(ip.cidr)
  const ends = (ip.dhcp?.ranges ?? []).map(({ end }) => ipv4ToNumber(end))
  const start = Math.max(...ends, ipv4ToNumber(ip.cidr.address)) + 1
  return start < last ? `${ipv4FromNumber(start)}-${ipv4FromNumber(last - 1)}` : undefined
}
