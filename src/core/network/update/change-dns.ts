/** DNS records and forwarders of a definition, added, changed or taken out. */
import type { DnsForwarder, DnsSpec, NetworkSpec, SrvRecord } from '../spec.ts'
import {
  changeList,
  changeOne,
  incomplete,
  isWithin,
  sharesWord,
  wordsOf,
  type ListRules,
} from './change-list.ts'
import type { SectionEntries, UpdateIn } from './sections.ts'

type DnsUpdate = UpdateIn<'dns-host' | 'dns-txt' | 'dns-srv' | 'dns-forwarder' | 'dns'>
type HostRecord = DnsSpec['hosts'][number]
type TxtRecord = DnsSpec['txts'][number]

const NOTHING: DnsSpec = { forwarders: [], txts: [], srvs: [], hosts: [] }

export function changeDnsRecords(spec: NetworkSpec, update: DnsUpdate): NetworkSpec {
  const dns = spec.dns ?? NOTHING
  switch (update.section) {
    case 'dns-host':
      return withDns(spec, { ...dns, hosts: changeHosts(spec.name, dns, update) })
    case 'dns-txt':
      return withDns(spec, { ...dns, txts: changeTxts(spec.name, dns, update) })
    case 'dns-srv':
      return withDns(spec, { ...dns, srvs: changeSrvs(spec.name, dns, update) })
    case 'dns-forwarder':
      return withDns(spec, { ...dns, forwarders: changeForwarders(spec.name, dns, update) })
    case 'dns': {
      const { isEnabled, forwardsPlainNames, ...lists } = dns
      const before = isEnabled === undefined && forwardsPlainNames === undefined ? undefined : dns
      const kept = update.isPartial === true ? dns : lists
      const after = changeOne<DnsSpec>(spec.name, update, before, { ...kept, ...update.entry })
      return withDns(spec, after ?? lists)
    }
  }
}

/** libvirt forgets an element with nothing in it. */
function withDns(spec: NetworkSpec, dns: DnsSpec): NetworkSpec {
  const { forwarders, txts, srvs, hosts, ...switches } = dns
  const count = [forwarders, txts, srvs, hosts].reduce((sum, list) => sum + list.length, 0)
  if (count + Object.keys(switches).length > 0) return { ...spec, dns }
  const rest: { dns?: DnsSpec } & NetworkSpec = { ...spec }
  delete rest.dns
  return rest
}

const HOSTS: ListRules<HostRecord, SectionEntries['dns-host']> = {
  what: 'DNS host',
  clashes: (one, other) => one.ip === other.ip || other.names.some((name) => one.names.includes(name)),
  finds: [
    (one, other) => one.ip === other.ip,
    (one, other) => one.names.some((name) => other.names.includes(name)),
  ],
  matches: (one, other) =>
    (one.ip === undefined || one.ip === other.ip) && one.names.every((name) => other.names.includes(name)),
  text: ({ ip, names }) => [...(ip === undefined ? [] : [ip]), ...names].join(' '),
}

function changeHosts(network: string, dns: DnsSpec, update: UpdateIn<'dns-host'>): DnsSpec['hosts'] {
  const { command, entry } = update
  if (entry.ip === undefined && entry.names.length === 0)
    throw incomplete(update, 'a DNS host has an address and a name')
  const complete = (before: HostRecord | undefined): HostRecord => {
    const ip = entry.ip ?? before?.ip
    if (ip === undefined) throw incomplete(update, 'a DNS host has an address')
    const keeps = update.isPartial === true && entry.names.length === 0
    return { ip, names: keeps ? (before?.names ?? []) : entry.names }
  }
  return changeList(dns.hosts, { network, command, pattern: entry, complete }, HOSTS)
}

const TXTS: ListRules<TxtRecord, SectionEntries['dns-txt']> = {
  what: 'TXT record',
  clashes: (one, other) => one.name === other.name,
  finds: [sharesWord('name')],
  matches: isWithin,
  text: wordsOf,
}

function changeTxts(network: string, dns: DnsSpec, update: UpdateIn<'dns-txt'>): DnsSpec['txts'] {
  const { command, entry } = update
  if (entry.name === undefined) throw incomplete(update, 'a TXT record has a name')
  const complete = (before: TxtRecord | undefined): TxtRecord => {
    const value = entry.value ?? (update.isPartial === true ? before?.value : undefined)
    if (entry.name === undefined || value === undefined)
      throw incomplete(update, 'a TXT record has a name and a value')
    return { name: entry.name, value }
  }
  return changeList(dns.txts, { network, command, pattern: entry, complete }, TXTS)
}

const [byService, byProtocol] = [sharesWord('service'), sharesWord('protocol')]
const SRVS: ListRules<SrvRecord, Partial<SrvRecord>> = {
  what: 'SRV record',
  clashes: (one, other) =>
    byService(one, other) &&
    byProtocol(one, other) &&
    one.domain === other.domain &&
    one.target === other.target,
  finds: [
    (one, other) => byService(one, other) && byProtocol(one, other) && one.domain === other.domain,
    (one, other) => byService(one, other) && byProtocol(one, other),
    byService,
  ],
  matches: isWithin,
  text: wordsOf,
}

function changeSrvs(network: string, dns: DnsSpec, update: UpdateIn<'dns-srv'>): DnsSpec['srvs'] {
  const { command, entry } = update
  if (Object.keys(entry).length === 0) throw incomplete(update, 'an SRV record has a service and a protocol')
  const complete = (before: SrvRecord | undefined): SrvRecord => {
    const { service, protocol, ...more } = update.isPartial === true ? { ...before, ...entry } : entry
    if (service === undefined || protocol === undefined)
      throw incomplete(update, 'an SRV record has a service and a protocol')
    return { service, protocol, ...more }
  }
  return changeList(dns.srvs, { network, command, pattern: entry, complete }, SRVS)
}

const FORWARDERS: ListRules<DnsForwarder, DnsForwarder> = {
  what: 'forwarder',
  clashes: (one, other) => one.domain === other.domain && one.address === other.address,
  finds: [sharesWord('domain'), sharesWord('address')],
  matches: isWithin,
  text: wordsOf,
}

function changeForwarders(
  network: string,
  dns: DnsSpec,
  update: UpdateIn<'dns-forwarder'>,
): DnsSpec['forwarders'] {
  const { command, entry, isPartial } = update
  if (Object.keys(entry).length === 0)
    throw incomplete(update, 'a forwarder has an address, a domain, or both')
  const complete = (before: DnsForwarder | undefined): DnsForwarder =>
    isPartial === true ? { ...before, ...entry } : entry
  return changeList(dns.forwarders, { network, command, pattern: entry, complete }, FORWARDERS)
}
