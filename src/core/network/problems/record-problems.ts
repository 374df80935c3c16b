/** What can be wrong with DNS records, forwarders, static routes and dnsmasq's own lines. */
import { ipv4Contains, ipv4ToNumber, ipv4Bounds } from '../../address/ipv4.ts'
import { ipv6Bounds, ipv6Contains, ipv6ToNumber } from '../../address/ipv6.ts'
import type { Problem } from '../../errors.ts'
import { ipv4sOf, ipv6sOf } from '../ips.ts'
import { destinationOf } from '../bridge/plan-route.ts'
import type { DnsSpec, NetworkSpec, RouteSpec, SrvRecord } from '../spec.ts'

/** What would end a line of dnsmasq's configuration, and what no XML can hold: control characters, halves of characters, what is none. */
const BREAKS_LINE = /[^\P{Cc}\t]|\p{Cs}|[\uFFFE\uFFFF]/u
/** What would end a word of it. */
const BREAKS_WORD = /[\s,"]/

export function isDomainName(name: string): boolean {
  const labels = name.split('.')
  return (
    name.length <= 253 &&
    labels.every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label))
  )
}

const PORT_OF_WHAT = 'the forwarder has a port that nobody could be asked on'

export function dnsProblems({ dns }: NetworkSpec): Problem[] {
  if (dns === undefined) return []
  return [
    ...switchedOffProblems(dns),
    ...dns.forwarders.flatMap(({ domain, address, port }, index): Problem[] => {
      const path = `dns.forwarders[${String(index)}]`
      const isPort = port === undefined || (port >= 1 && port <= 65_535)
      if (!isPort || (port !== undefined && address === undefined))
        return [{ path: `${path}.port`, message: PORT_OF_WHAT, hint: 'an address, and a port of 1 to 65535' }]
      if (domain === undefined && address === undefined)
        return [{ path, message: 'the forwarder has neither an address nor a domain', hint: 'give it one' }]
      return domain === undefined ? [] : nameProblems(domain, `${path}.domain`)
    }),
    ...dns.hosts.flatMap(({ ip, names }, index): Problem[] => {
      const path = `dns.hosts[${String(index)}]`
      if (names.length === 0) return [{ path, message: `${ip} has no name`, hint: 'give it one at least' }]
      return names.flatMap((name) => nameProblems(name, path))
    }),
    ...dns.txts.flatMap(({ name, value }, index): Problem[] => {
      const path = `dns.txts[${String(index)}]`
      const isBad = name === '' || BREAKS_WORD.test(name) || BREAKS_LINE.test(value)
      return isBad
        ? [{ path, message: `'${name}' cannot be a TXT record`, hint: 'no blank, comma or line break' }]
        : []
    }),
    ...dns.srvs.flatMap((record, index) => srvProblems(record, `dns.srvs[${String(index)}]`)),
  ]
}

function switchedOffProblems({ isEnabled, forwarders, hosts, txts, srvs }: DnsSpec): Problem[] {
  if (isEnabled !== false || forwarders.length + hosts.length + txts.length + srvs.length === 0) return []
  return [
    { path: 'dns', message: 'DNS is switched off, and yet has records', hint: 'leave out one of the two' },
  ]
}

function nameProblems(name: string, path: string): Problem[] {
  if (isDomainName(name)) return []
  return [
    { path, message: `'${name}' is not a domain name`, hint: 'letters, digits and dashes, joined by dots' },
  ]
}

function srvProblems(record: SrvRecord, path: string): Problem[] {
  const { service, protocol, domain, target, port, priority, weight } = record
  const problems: Problem[] = []
  if (!/^[A-Za-z0-9_-]{1,62}$/.test(service))
    problems.push({
      path: `${path}.service`,
      message: `'${service}' cannot be a service`,
      hint: 'such as ldap',
    })
  if (!/^[A-Za-z0-9_-]{1,62}$/.test(protocol))
    problems.push({
      path: `${path}.protocol`,
      message: `'${protocol}' cannot be a protocol`,
      hint: 'such as tcp',
    })
  if (domain !== undefined) problems.push(...nameProblems(domain, `${path}.domain`))
  if (target !== undefined && target !== '.') problems.push(...nameProblems(target, `${path}.target`))
  for (const [name, value] of Object.entries({ port, priority, weight })) {
    if (value === undefined) continue
    const place = `${path}.${name}`
    if (target === undefined)
      problems.push({
        path: place,
        message: `a service without a target has no ${name}`,
        hint: 'name the target',
      })
    else if (!Number.isInteger(value) || value < (name === 'port' ? 1 : 0) || value > 65_535)
      problems.push({ path: place, message: `${String(value)} is no ${name}`, hint: 'a number up to 65535' })
  }
  return problems
}

export function routeProblems(spec: NetworkSpec): Problem[] {
  return spec.routes.flatMap((route, index): Problem[] => {
    const path = `routes[${String(index)}]`
    const problems: Problem[] = []
    if (!isNetworkAddress(route)) {
      const message = `${route.destination.address} is not the first address of ${destinationOf(route)}`
      problems.push({ path: `${path}.destination`, message, hint: `write ${destinationOf(route)}` })
    }
    if (!isReachable(route, spec)) {
      const message = `the gateway ${route.gateway} is in none of the network's subnets`
      problems.push({ path: `${path}.gateway`, message, hint: "take a guest's address" })
    }
    if (
      route.metric !== undefined &&
      (!Number.isInteger(route.metric) || route.metric < 1 || route.metric > 0xffff_ffff)
    )
      problems.push({
        path: `${path}.metric`,
        message: `${String(route.metric)} is no metric`,
        hint: 'a number from 1',
      })
    return problems
  })
}

function isNetworkAddress(route: RouteSpec): boolean {
  return route.family === 'ipv4'
    ? ipv4ToNumber(route.destination.address) === ipv4Bounds(route.destination).first
    : ipv6ToNumber(route.destination.address) === ipv6Bounds(route.destination).first
}

function isReachable(route: RouteSpec, spec: NetworkSpec): boolean {
  return route.family === 'ipv4'
    ? ipv4sOf(spec).some(({ cidr }) => ipv4Contains(cidr, route.gateway) && cidr.address !== route.gateway)
    : ipv6sOf(spec).some(({ cidr }) => ipv6Contains(cidr, route.gateway) && cidr.address !== route.gateway)
}

export function optionProblems({ dnsmasqOptions = [] }: NetworkSpec): Problem[] {
  return dnsmasqOptions.flatMap((line, index): Problem[] => {
    const path = `dnsmasqOptions[${String(index)}]`
    if (line.trim() === '' || BREAKS_LINE.test(line))
      return [{ path, message: 'an option for dnsmasq is one line', hint: 'such as cname=alias,web' }]
    const key = line.split('=')[0]?.trim() ?? ''
    if (!RUNS_PROGRAMS.has(key)) return []
    return [
      { path, message: `'${key}' would have dnsmasq run as or for somebody else`, hint: 'leave it out' },
    ]
  })
}

/** Who may define a network shall not thereby run programs as root, nor take dnsmasq out of weft's hands. */
const RUNS_PROGRAMS = new Set([
  'dhcp-script',
  'dhcp-luascript',
  'dhcp-scriptuser',
  'user',
  'group',
  'pid-file',
  'conf-file',
  'conf-dir',
  'conf-script',
])
