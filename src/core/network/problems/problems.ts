/** Everything wrong with a network definition, all at once: with itself, beside other definitions, and on this host. */
import { parseInterfaceName } from '../../address/interface-name.ts'
import { formatIpv4Network, ipv4Overlaps } from '../../address/ipv4.ts'
import { formatIpv6Network, ipv6Overlaps } from '../../address/ipv6.ts'
import { isMulticastMac } from '../../address/mac.ts'
import type { Problem } from '../../errors.ts'
import { firewallProblems } from '../guard/firewall-problems.ts'
import { ipProblems } from './ip-problems.ts'
import { bridgeNameOf, isSwitched } from '../ips.ts'
import { modeProblems } from './mode-problems.ts'
import { domainOf, isLocalDomain } from '../naming/names.ts'
import { overlapsOf } from './overlap.ts'
import { dnsProblems, isDomainName, optionProblems, routeProblems } from './record-problems.ts'
import { vlanProblems, vlanStartProblems } from '../bridge/plan-vlan.ts'
import { proxyProblems } from './proxy-problems.ts'
import { reachProblems, reachStartProblems } from './reach-problems.ts'
import { bridgeOf, type SeenHost } from '../seen.ts'
import type { IpSpec, NetworkSpec, SwitchedNetwork } from '../spec.ts'

/** `NAME.json.new` must be a file name, and `weft:network:NAME` an interface alias of at most 255 bytes. */
const LONGEST_NAME = 200

/** `others` are all defined and all live networks; one of the same name is the definition being replaced. */
export function networkProblems(spec: NetworkSpec, others: readonly NetworkSpec[]): Problem[] {
  return [
    ...nameProblems(spec),
    ...bridgeProblems(spec),
    ...modeProblems(spec),
    ...proxyProblems(spec),
    ...reachProblems(spec),
    ...domainProblems(spec),
    ...ipProblems(spec),
    ...routeProblems(spec),
    ...dnsProblems(spec),
    ...optionProblems(spec),
    ...portgroupProblems(spec),
    ...vlanProblems(spec),
    ...firewallProblems(spec),
    ...others.flatMap((other) => clashes(spec, other)),
  ]
}

function nameProblems({ name, uuid }: NetworkSpec): Problem[] {
  const problems: Problem[] = []
  if (!/^[\p{L}\p{N}_][\p{L}\p{N} ._+@-]*$/u.test(name)) {
    const message = name === '' ? 'the network has no name' : `'${name}' cannot be the name of a network`
    problems.push({ path: 'name', message, hint: 'begin with a letter or digit; no slash, colon or quote' })
  }
  if (new TextEncoder().encode(name).length > LONGEST_NAME) {
    problems.push({
      path: 'name',
      message: `the name is longer than ${String(LONGEST_NAME)} bytes`,
      hint: 'choose a shorter one',
    })
  }
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) {
    problems.push({
      path: 'uuid',
      message: `'${uuid}' is not a UUID`,
      hint: 'leave it out and one is made',
    })
  }
  return problems
}

function bridgeProblems({ bridge, mac }: NetworkSpec): Problem[] {
  const problems: Problem[] = []
  if (bridge === undefined) return problems
  if (parseInterfaceName(bridge.name) === undefined) {
    problems.push({
      path: 'bridge.name',
      message: `'${bridge.name}' is not a name an interface can have`,
      hint: 'at most 15 letters and digits, such as virbr1',
    })
  }
  if (!Number.isInteger(bridge.delaySeconds) || bridge.delaySeconds < 0 || bridge.delaySeconds > 1_000_000) {
    problems.push({
      path: 'bridge.delaySeconds',
      message: `the forward delay of ${String(bridge.delaySeconds)} is not a number of seconds`,
      hint: '0 means as short as possible',
    })
  }
  if (mac !== undefined && isMulticastMac(mac)) {
    problems.push({
      path: 'mac',
      message: `${mac} is a multicast MAC and cannot be the bridge's own`,
      hint: 'leave it out and one is made',
    })
  }
  return problems
}

function domainProblems(network: NetworkSpec): Problem[] {
  const { domain } = network
  if (domain === undefined) return []
  if (isDomainName(domain.name)) return domain.register === true ? loopProblems(network) : []
  const message = `'${domain.name}' is not a domain name`
  return [{ path: 'domain.name', message, hint: 'letters, digits and dashes, joined by dots: lab.example' }]
}

/** dnsmasq would ask this host for what it does not know, and this host dnsmasq. */
function loopProblems(network: NetworkSpec): Problem[] {
  if (isLocalDomain(network)) return []
  const message = `this host would look for all names in '${domainOf(network) ?? ''}' here, and here they would be asked for outside`
  return [{ path: 'domain.register', message, hint: "add localOnly='yes', or leave out register" }]
}

/** What two definitions cannot both have. */
function clashes(spec: NetworkSpec, other: NetworkSpec): Problem[] {
  if (other.name === spec.name) {
    if (other.uuid === spec.uuid) return []
    const message = `network '${spec.name}' exists already, with the UUID ${other.uuid}`
    return [{ path: 'uuid', message, hint: 'leave the UUID out to change that network' }]
  }
  const problems: Problem[] = []
  const clash = (path: string, message: string, hint: string): number =>
    problems.push({ path, message, hint })
  if (other.uuid === spec.uuid) {
    clash('uuid', `network '${other.name}' has this UUID already`, 'leave it out and one is made')
  }
  const bridge = bridgeNameOf(spec)
  // Several networks may borrow one bridge of the host; weft's own has one network.
  const isOwned = spec.bridge !== undefined || other.bridge !== undefined
  if (bridge !== undefined && isOwned && bridgeNameOf(other) === bridge) {
    const message = `the bridge name '${bridge}' belongs to network '${other.name}'`
    clash('bridge.name', message, 'leave it out and a free one is chosen')
  }
  if (spec.mac !== undefined && other.mac === spec.mac) {
    clash('mac', `the bridge of network '${other.name}' has the MAC ${spec.mac} already`, 'leave it out')
  }
  for (const [index, ip] of spec.ips.entries()) {
    const theirs = other.ips.find((each) => overlaps(ip, each))
    if (theirs === undefined) continue
    const message = `${formatSubnet(ip)} overlaps ${formatSubnet(theirs)} of network '${other.name}'`
    clash(`ips[${String(index)}].cidr`, message, 'choose another subnet')
  }
  return problems
}

function overlaps(one: IpSpec, other: IpSpec): boolean {
  if (one.family === 'ipv4') return other.family === 'ipv4' && ipv4Overlaps(one.cidr, other.cidr)
  return other.family === 'ipv6' && ipv6Overlaps(one.cidr, other.cidr)
}

function formatSubnet(ip: IpSpec): string {
  return ip.family === 'ipv4' ? formatIpv4Network(ip.cidr) : formatIpv6Network(ip.cidr)
}

function portgroupProblems({ portgroups = [] }: NetworkSpec): Problem[] {
  const names = portgroups.map(({ name }) => name)
  const twice = names.findIndex((name, index) => names.indexOf(name) < index)
  const defaults = portgroups.filter(({ isDefault }) => isDefault === true)
  return [
    ...(twice < 0
      ? []
      : [
          {
            path: `portgroups[${String(twice)}].name`,
            message: `the port group '${names[twice] ?? ''}' stands here twice`,
            hint: 'keep one of the two',
          },
        ]),
    ...(defaults.length < 2
      ? []
      : [
          {
            path: 'portgroups',
            message: `${defaults.map(({ name }) => `'${name}'`).join(' and ')} cannot both be the default`,
            hint: 'choose one',
          },
        ]),
  ]
}

/** What on this host, not made by weft, is in the way of starting it: refuse with 'conflict'. */
export function startProblems(spec: NetworkSpec, seen: SeenHost): Problem[] {
  return isSwitched(spec)
    ? switchProblems(spec, seen)
    : [...borrowedProblems(spec, seen), ...reachStartProblems(spec, seen), ...vlanStartProblems(spec, seen)]
}

/**
 * What all guests send together waits its turn behind the bridge. By then br_netfilter has tracked its connections, the detour makes the kernel forget
 * that, and nothing would be masqueraded.
 */
function outboundProblems({ bandwidth, mode }: SwitchedNetwork, seen: SeenHost): Problem[] {
  if (bandwidth?.outbound === undefined || mode === 'isolated' || seen.filtersBridged !== true) return []
  return [
    {
      path: 'bandwidth.outbound',
      message:
        'what all guests send together cannot be limited while this host hands bridged frames to its IP firewall (br_netfilter)',
      hint: "limit each guest's NIC or its port group instead; or: sysctl net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0",
    },
  ]
}

function switchProblems(spec: SwitchedNetwork, seen: SeenHost): Problem[] {
  const problems: Problem[] = outboundProblems(spec, seen)
  const link = seen.links.find(({ name }) => name === spec.bridge.name)
  if (link !== undefined && link !== bridgeOf(seen, spec.name)) {
    problems.push({
      path: 'bridge.name',
      message: `there is a link '${spec.bridge.name}' on this host that is not weft's`,
      hint: `see what it is with: ip -d link show ${spec.bridge.name}; or give the network's bridge another name`,
    })
  }
  for (const [index, ip] of spec.ips.entries()) {
    for (const { sentence } of overlapsOf(spec, ip, seen)) {
      const message = `the network's subnet ${formatSubnet(ip)} is in use on this host: ${sentence}`
      problems.push({
        path: `ips[${String(index)}].cidr`,
        message,
        hint: `choose another subnet with: weft net edit ${spec.name}`,
      })
    }
  }
  return problems
}

/** What a network borrows has to be there. */
function borrowedProblems({ hostBridge, devices = [] }: NetworkSpec, seen: SeenHost): Problem[] {
  const problems: Problem[] = []
  const link = seen.links.find(({ name }) => name === hostBridge)
  if (hostBridge !== undefined && link?.kind !== 'bridge') {
    const message =
      link === undefined
        ? `there is no bridge '${hostBridge}' on this host`
        : `'${hostBridge}' is a link of this host, but not a bridge`
    problems.push({ path: 'bridge.name', message, hint: 'see which there are with: weft bridge list' })
  }
  for (const [index, device] of devices.entries()) {
    const nic = seen.links.find(({ name }) => name === device)
    const path = `devices[${String(index)}]`
    if (nic === undefined)
      problems.push({ path, message: `there is no link '${device}' on this host`, hint: 'ip link' })
    else if (nic.master !== undefined)
      problems.push({
        path,
        message: `'${device}' is plugged into '${nic.master}', so nothing else can sit on it`,
        hint: `use the bridge: mode bridge, bridge ${nic.master}`,
      })
  }
  return problems
}
