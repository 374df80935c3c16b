/** The part of dnsmasq's configuration that is about names. */
import { ipv4Bounds, ipv4FromNumber } from '../address/ipv4.ts'
import { ipv6Bounds } from '../address/ipv6.ts'
import type { HostFacts } from '../host/facts.ts'
import { dnsmasqFiles, upstreamsFile } from '../host/paths.ts'
import { isForwarded } from './ips.ts'
import type { DnsForwarder, DnsSpec, IpSpec, SrvRecord, SwitchedNetwork } from './spec.ts'

const NO_DNS: DnsSpec = { forwarders: [], txts: [], srvs: [], hosts: [] }

export function dnsLines(network: SwitchedNetwork, { paths }: HostFacts): string[] {
  const dns = network.dns ?? NO_DNS
  if (dns.isEnabled === false) return ['port=0', ...domainLines(network)]
  // Names without a dot are guests' or nobody's: never asked outside, and a guest without IPv6 is still a guest.
  const plainNames = dns.forwardsPlainNames === true ? [] : ['domain-needed', 'local=//']
  const hasOwnServers = dns.forwarders.some(({ domain }) => domain === undefined)
  const asksHosts = isForwarded(network) && !hasOwnServers
  return [
    'no-hosts',
    `addn-hosts=${dnsmasqFiles(paths, network.name).names}`,
    'no-resolv',
    ...plainNames,
    ...dns.forwarders.map((forwarder) => `server=${serverOf(forwarder)}`),
    ...(asksHosts ? [`servers-file=${upstreamsFile(paths)}`] : []),
    ...domainLines(network),
    ...network.ips.flatMap(localPtrLines),
    ...dns.txts.map(({ name, value }) => `txt-record=${name},${value}`),
    ...dns.srvs.map((record) => srvLine(record)),
  ]
}

/** `#` alone means the usual servers, after an address its port. */
function serverOf({ domain, address, port }: DnsForwarder): string {
  const where = `${address ?? (domain === undefined ? '' : '#')}${port === undefined ? '' : `#${String(port)}`}`
  return domain === undefined ? where : `/${domain}/${where}`
}

/** With a domain, names are found with and without it. */
function domainLines({ domain }: SwitchedNetwork): string[] {
  if (domain === undefined) return []
  const local = domain.isLocalOnly === true ? [`local=/${domain.name}/`] : []
  return [...local, `domain=${domain.name}`, 'expand-hosts']
}

/** `local=/150.168.192.in-addr.arpa/`: reverse names go by whole bytes, or by hexadecimal digits. */
function localPtrLines(ip: IpSpec): string[] {
  if (ip.hasLocalPtr !== true) return []
  const labels =
    ip.family === 'ipv4'
      ? ipv4FromNumber(ipv4Bounds(ip.cidr).first)
          .split('.')
          .slice(0, ip.cidr.prefix / 8)
      : Array.from(ipv6Bounds(ip.cidr).first.toString(16).padStart(32, '0')).slice(0, ip.cidr.prefix / 4)
  const zone = ip.family === 'ipv4' ? 'in-addr.arpa' : 'ip6.arpa'
  return [`local=/${labels.toReversed().join('.')}.${zone}/`]
}

/** Without a target: the service is not to be had. A later number needs those before it. */
function srvLine({ service, protocol, domain, target, port, priority, weight }: SrvRecord): string {
  const name = `_${service}._${protocol}${domain === undefined ? '' : `.${domain}`}`
  const isLate = priority !== undefined || weight !== undefined
  const words = [
    target,
    port ?? (isLate ? 1 : undefined),
    priority ?? (weight === undefined ? undefined : 0),
    weight,
  ]
  return `srv-host=${[name, ...words.filter((word) => word !== undefined)].join(',')}`
}
