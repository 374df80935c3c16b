/** libvirt network XML ↔ network definitions. */
import type { Problem } from '../../core/errors.ts'
import { readOnce } from '../../core/host/read-once.ts'
import type { NetworkDraft, Place } from '../../core/network/draft.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import { putAddresses, takeAddresses } from './addresses-element.ts'
import { bandwidthData } from './bandwidth-draft.ts'
import { readElement, writeElement, type Reading } from './element-shape.ts'
import { firewallData } from './firewall-draft.ts'
import { putFirewall, takeFirewall } from './firewall-element.ts'
import { given } from './given.ts'
import { draftFromData } from './network-draft.ts'
import { DNSMASQ_NAMESPACE, NETWORK_ELEMENT, type NetworkData } from './network-element.ts'
import { dnsData, ipData, routeData, yesNo } from './parts-data.ts'
import { proxyWords } from './proxy-element.ts'
import { reachWords } from './reach-element.ts'
import { vlanData } from './vlan-draft.ts'
import { parseXml } from './xml-tree.ts'

export type XmlNetworkResult = { readonly draft: NetworkDraft } | { readonly problems: readonly Problem[] }

/** Everything wrong at once, each with its line and column. */
export async function parseNetworkXml(text: string): Promise<XmlNetworkResult> {
  const parsed = await parseXml(text)
  if ('problem' in parsed) return { problems: [parsed.problem] }
  const { root } = parsed
  if (root.name !== 'network') {
    const message = `this is a <${root.name}>, not a <network>`
    return { problems: [{ path: `<${root.name}>`, message, ...root.place }] }
  }
  const reading: Reading = { problems: [], places: new Map<string, Place>([['', root.place]]) }
  const data = readElement(NETWORK_ELEMENT, root, reading)
  const { data: firewall, kept: rest } = takeFirewall(root, data.metadata ?? [], reading)
  const { words: proxy, kept: more } = takeAddresses(root, rest, 'proxy')
  const { words: hostReach, kept } = takeAddresses(root, more, 'hostReach')
  const own = given({ firewall, proxy, hostReach })
  const draft = draftFromData({ ...data, metadata: kept }, reading, own)
  return reading.problems.length > 0 ? { problems: inOrder(reading.problems) } : { draft }
}

/** From top to bottom. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}

const WRITTEN = { ...NETWORK_ELEMENT, neverSelfCloses: true } as const

/** As `virsh net-dumpxml --inactive` prints it; remembered as long as there is this definition, for clients ask again and again. */
export const formatNetworkXml = readOnce((spec: NetworkSpec): string =>
  writeElement('network', WRITTEN, dataFromSpec(spec)),
)

function dataFromSpec(spec: NetworkSpec): NetworkData {
  const { firewall, proxied, hostReach } = spec
  const first = proxied === undefined ? spec.kept : putAddresses(spec.kept, 'proxy', proxyWords(proxied))
  const before = hostReach === undefined ? first : putAddresses(first, 'hostReach', reachWords(hostReach))
  const all = firewall === undefined ? before : putFirewall(before, firewallData(firewall))
  const keptOf = (name: string): NetworkSpec['kept'] => all.filter((kept) => kept.name === name)
  const options = spec.dnsmasqOptions
  return {
    name: spec.name,
    uuid: spec.uuid,
    title: keptOf('title'),
    description: keptOf('description'),
    metadata: keptOf('metadata'),
    ip: spec.ips.map(ipData),
    route: spec.routes.map(routeData),
    ...given({
      'xmlns:dnsmasq': options === undefined ? undefined : DNSMASQ_NAMESPACE,
      ipv6: yesNo(spec.guestIpv6),
      trustGuestRxFilters: yesNo(spec.trustGuestRxFilters),
      forward: spec.mode === 'isolated' ? undefined : forwardData(spec),
      bridge: bridgeData(spec),
      mac: spec.mac === undefined ? undefined : { address: spec.mac },
      mtu: spec.mtu === undefined ? undefined : { size: String(spec.mtu) },
      domain: spec.domain === undefined ? undefined : domainData(spec.domain),
      dns: spec.dns === undefined ? undefined : dnsData(spec.dns),
      vlan: vlanData(spec.vlan),
      bandwidth: bandwidthData(spec.bandwidth),
      port:
        spec.portsAreIsolated === undefined ? undefined : given({ isolated: yesNo(spec.portsAreIsolated) }),
      portgroup: spec.portgroups?.map(portgroupData),
      'dnsmasq:options':
        options === undefined ? undefined : { 'dnsmasq:option': options.map((value) => ({ value })) },
    }),
  }
}

/** libvirt repeats the first device as an `<interface>`. */
function forwardData(spec: NetworkSpec): NonNullable<NetworkData['forward']> {
  const devices = spec.forwardDevice === undefined ? (spec.devices ?? []) : [spec.forwardDevice]
  const { nat } = spec
  const range = (ends: { start: string | number; end: string | number } | undefined) =>
    ends === undefined ? undefined : { start: String(ends.start), end: String(ends.end) }
  return {
    mode: spec.mode,
    ...given({ dev: devices[0] }),
    ...(nat === undefined
      ? {}
      : { nat: given({ ipv6: yesNo(nat.ipv6), address: range(nat.addresses), port: range(nat.ports) }) }),
    interface: devices.map((dev) => ({ dev })),
  }
}

function bridgeData({ bridge, hostBridge }: NetworkSpec): NetworkData['bridge'] {
  if (bridge === undefined) return hostBridge === undefined ? undefined : { name: hostBridge }
  const { name, stp, delaySeconds, macTableManager } = bridge
  return { name, stp: stp ? 'on' : 'off', delay: String(delaySeconds), ...given({ macTableManager }) }
}

function domainData({
  name,
  isLocalOnly,
  register,
}: NonNullable<NetworkSpec['domain']>): NonNullable<NetworkData['domain']> {
  return { name, ...given({ localOnly: yesNo(isLocalOnly), register: yesNo(register) }) }
}

function portgroupData(
  group: NonNullable<NetworkSpec['portgroups']>[number],
): NonNullable<NetworkData['portgroup']>[number] {
  const { name, isDefault, trustGuestRxFilters, vlan, bandwidth } = group
  return {
    name,
    ...given({
      default: yesNo(isDefault),
      trustGuestRxFilters: yesNo(trustGuestRxFilters),
      vlan: vlanData(vlan),
      bandwidth: bandwidthData(bandwidth),
    }),
  }
}
