/** libvirt network XML ↔ network definitions. */
import { netmaskFromPrefix } from '../../core/address/ipv4.ts'
import type { Problem } from '../../core/errors.ts'
import type { NetworkDraft, Place } from '../../core/network/draft.ts'
import type { IpSpec, NetworkSpec } from '../../core/network/spec.ts'
import { readElement, writeElement, type Reading } from './element-shape.ts'
import { draftFromData } from './network-draft.ts'
import { NETWORK_ELEMENT, type IpData, type NetworkData } from './network-element.ts'
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
  const draft = draftFromData(data, reading)
  return reading.problems.length > 0 ? { problems: inOrder(reading.problems) } : { draft }
}

/** From top to bottom. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}

/** As `virsh net-dumpxml --inactive` prints it. */
export function formatNetworkXml(spec: NetworkSpec): string {
  return writeElement('network', { ...NETWORK_ELEMENT, neverSelfCloses: true }, dataFromSpec(spec))
}

function dataFromSpec(spec: NetworkSpec): NetworkData {
  const keptOf = (name: string): NetworkSpec['kept'] => spec.kept.filter((kept) => kept.name === name)
  return {
    name: spec.name,
    uuid: spec.uuid,
    title: keptOf('title'),
    description: keptOf('description'),
    metadata: keptOf('metadata'),
    ...(spec.mode === 'nat' ? { forward: forwardData(spec) } : {}),
    bridge: {
      name: spec.bridge.name,
      stp: spec.bridge.stp ? 'on' : 'off',
      delay: String(spec.bridge.delaySeconds),
    },
    mac: { address: spec.mac },
    ...(spec.domain === undefined ? {} : { domain: domainData(spec.domain) }),
    ...(spec.ip === undefined ? {} : { ip: [ipData(spec.ip)] }),
  }
}

/** libvirt repeats the device as an `<interface>`. */
function forwardData({ forwardDevice: dev }: NetworkSpec): NonNullable<NetworkData['forward']> {
  return dev === undefined ? { mode: 'nat' } : { mode: 'nat', dev, interface: [{ dev }] }
}

function domainData(domain: NonNullable<NetworkSpec['domain']>): NonNullable<NetworkData['domain']> {
  return { name: domain.name, ...(domain.isLocalOnly ? { localOnly: 'yes' } : {}) }
}

function ipData({ cidr, prefixSpelling, dhcp }: IpSpec): IpData {
  const length = {
    netmask: { netmask: netmaskFromPrefix(cidr.prefix) },
    prefix: { prefix: String(cidr.prefix) },
    class: {},
  }[prefixSpelling]
  if (dhcp === undefined || dhcp.ranges.length + dhcp.hosts.length === 0)
    return { address: cidr.address, ...length }
  return { address: cidr.address, ...length, dhcp: { range: dhcp.ranges, host: dhcp.hosts } }
}
