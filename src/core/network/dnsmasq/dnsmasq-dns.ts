/** The part of dnsmasq's configuration that is about names. */
import type { HostFacts } from '../../host/facts.ts'
import { dnsmasqFiles, upstreamsFile } from '../../host/paths.ts'
import { isForwarded } from '../ips.ts'
import { domainOf, hasLocalPtr, isLocalDomain, reverseZones } from '../naming/names.ts'
import type { DnsForwarder, DnsSpec, SrvRecord, SwitchedNetwork } from '../spec.ts'

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
    ...network.ips
      .filter(hasLocalPtr)
      .flatMap(reverseZones)
      .map((zone) => `local=/${zone}/`),
    ...dns.txts.map(({ name, value }) => `txt-record=${name},${value}`),
    ...dns.srvs.map((record) => srvLine(record)),
  ]
}

/** `#` alone means the usual servers, after an address its port. */
function serverOf({ domain, address, port }: DnsForwarder): string {
  const where = `${address ?? (domain === undefined ? '' : '#')}${port === undefined ? '' : `#${String(port)}`}`
  return domain === undefined ? where : `/${domain}/${where}`
}

/** Names are found with the domain and without it. */
function domainLines(network: SwitchedNetwork): string[] {
  const domain = domainOf(network)
  if (domain === undefined) return []
  return [...(isLocalDomain(network) ? [`local=/${domain}/`] : []), `domain=${domain}`, 'expand-hosts']
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
