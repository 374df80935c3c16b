/** Everything wrong with a network definition, all at once: with itself, beside other definitions, and on this host. */
import { parseInterfaceName } from '../address/interface-name.ts'
import { formatIpv4Network, ipv4Overlaps } from '../address/ipv4.ts'
import { isMulticastMac } from '../address/mac.ts'
import type { Problem } from '../errors.ts'
import { ipProblems } from './ip-problems.ts'
import { findOverlaps } from './overlap.ts'
import { bridgeOf, type SeenHost } from './seen.ts'
import type { NetworkSpec } from './spec.ts'

/** `NAME.json.new` must be a file name, and `weft:network:NAME` an interface alias of at most 255 bytes. */
const LONGEST_NAME = 200

/** `others` are all defined and all live networks; one of the same name is the definition being replaced. */
export function networkProblems(spec: NetworkSpec, others: readonly NetworkSpec[]): Problem[] {
  return [
    ...nameProblems(spec),
    ...bridgeProblems(spec),
    ...forwardProblems(spec),
    ...domainProblems(spec),
    ...(spec.ip === undefined ? [] : ipProblems(spec.ip)),
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
  if (isMulticastMac(mac)) {
    problems.push({
      path: 'mac',
      message: `${mac} is a multicast MAC and cannot be the bridge's own`,
      hint: 'leave it out and one is made',
    })
  }
  return problems
}

function forwardProblems({ mode, ip, forwardDevice, bridge }: NetworkSpec): Problem[] {
  const problems: Problem[] = []
  if (mode === 'nat' && ip === undefined) {
    problems.push({
      path: 'ip',
      message: 'a nat network needs an address: guests reach the outside through it',
      hint: 'give it an address such as 192.168.150.1/24, or make it isolated',
    })
  }
  if (mode === 'isolated' && forwardDevice !== undefined) {
    problems.push({
      path: 'forwardDevice',
      message: `an isolated network forwards nothing, through '${forwardDevice}' neither`,
      hint: 'make it a nat network, or leave the device out',
    })
  }
  if (forwardDevice === bridge.name) {
    problems.push({
      path: 'forwardDevice',
      message: `the network cannot forward through its own bridge '${bridge.name}'`,
      hint: 'name the link that leads outside',
    })
  }
  return problems
}

function domainProblems({ domain }: NetworkSpec): Problem[] {
  if (domain === undefined || isDomainName(domain.name)) return []
  const message = `'${domain.name}' is not a domain name`
  return [{ path: 'domain.name', message, hint: 'letters, digits and dashes, joined by dots: lab.example' }]
}

function isDomainName(name: string): boolean {
  const labels = name.split('.')
  return (
    name.length <= 253 &&
    labels.every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label))
  )
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
  if (other.bridge.name === spec.bridge.name) {
    const message = `the bridge name '${spec.bridge.name}' belongs to network '${other.name}'`
    clash('bridge.name', message, 'leave it out and a free one is chosen')
  }
  if (other.mac === spec.mac) {
    clash('mac', `the bridge of network '${other.name}' has the MAC ${spec.mac} already`, 'leave it out')
  }
  if (spec.ip !== undefined && other.ip !== undefined && ipv4Overlaps(spec.ip.cidr, other.ip.cidr)) {
    const theirs = formatIpv4Network(other.ip.cidr)
    const message = `${formatIpv4Network(spec.ip.cidr)} overlaps ${theirs} of network '${other.name}'`
    clash('ip.cidr', message, 'choose another subnet')
  }
  return problems
}

/** What on this host, not made by weft, is in the way of starting it: refuse with 'conflict'. */
export function startProblems(spec: NetworkSpec, seen: SeenHost): Problem[] {
  const problems: Problem[] = []
  const link = seen.links.find(({ name }) => name === spec.bridge.name)
  if (link !== undefined && link !== bridgeOf(seen, spec.name)) {
    problems.push({
      path: 'bridge.name',
      message: `there is a link '${spec.bridge.name}' on this host that is not weft's`,
      hint: `see what it is with: ip -d link show ${spec.bridge.name}; or give the network's bridge another name`,
    })
  }
  if (spec.ip !== undefined) {
    const subnet = formatIpv4Network(spec.ip.cidr)
    for (const overlap of findOverlaps(spec.ip.cidr, seen, spec.name)) {
      const message = `the network's subnet ${subnet} is in use on this host: ${overlap}`
      problems.push({
        path: 'ip.cidr',
        message,
        hint: `choose another subnet with: weft net edit ${spec.name}`,
      })
    }
  }
  return problems
}
