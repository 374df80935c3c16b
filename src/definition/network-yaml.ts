/** weft's own spelling of a network, the same in YAML and JSON. The words are checked by the reader they share with XML. */
import { formatIpv4Cidr, netmaskFromPrefix } from '../core/address/ipv4.ts'
import type { IpSpec, KeptElement, NetworkSpec } from '../core/network/spec.ts'
import type { Reading } from '../libvirt/xml/element-shape.ts'
import type { NetworkData } from '../libvirt/xml/network-element.ts'
import { dhcpData } from './dhcp-yaml.ts'
import { expectMap, readList, readMap, readWord, readYesNo } from './read-map.ts'
import type { YamlTree } from './yaml-tree.ts'

const KEYS = [
  'name',
  'uuid',
  'mode',
  'device',
  'bridge',
  'mac',
  'domain',
  'address',
  'netmask',
  'dhcp',
  'xml',
] as const
type Values = Partial<Record<(typeof KEYS)[number], YamlTree>>

/** What the `xml` key holds is returned as it is: elements that only libvirt's XML has. */
export function networkData(tree: YamlTree, reading: Reading): { data: NetworkData; xml: string[] } {
  const map = expectMap(tree, '', reading)
  if (map === undefined) return { data: { name: '' }, xml: [] }
  const values = readMap(map, KEYS, 'a network', reading)
  const name = readWord(values.name, 'name', reading)
  const uuid = readWord(values.uuid, 'uuid', reading)
  const mac = readWord(values.mac, 'mac.address', reading)
  const data: NetworkData = {
    ...(name === undefined ? {} : { name }),
    ...(uuid === undefined ? {} : { uuid }),
    forward: forwardData(values, reading),
    ...(values.bridge === undefined ? {} : { bridge: bridgeData(values.bridge, reading) }),
    ...(mac === undefined ? {} : { mac: { address: mac } }),
    ...(values.domain === undefined ? {} : { domain: domainData(values.domain, reading) }),
    ...ipData(values, reading),
  }
  const xml = readList(values.xml).flatMap((item) => readWord(item, 'xml', reading) ?? [])
  return { data, xml }
}

/** Without a mode it is nat when it has an address, as most networks do. */
function forwardData(values: Values, reading: Reading): NonNullable<NetworkData['forward']> {
  const mode =
    readWord(values.mode, 'forward.mode', reading) ?? (values.address === undefined ? 'isolated' : 'nat')
  const dev = readWord(values.device, 'forward.dev', reading)
  return { mode: mode === 'isolated' ? 'none' : mode, ...(dev === undefined ? {} : { dev }) }
}

function bridgeData(tree: YamlTree, reading: Reading): NonNullable<NetworkData['bridge']> {
  // Just the name is enough.
  if (tree.kind === 'word' && tree.text !== undefined) {
    reading.places.set('bridge.name', tree.place)
    return { name: tree.text }
  }
  const map = expectMap(tree, 'bridge', reading)
  if (map === undefined) return {}
  const values = readMap(map, ['name', 'stp', 'delay'], 'a bridge', reading)
  const name = readWord(values.name, 'bridge.name', reading)
  const stp = readYesNo(values.stp, 'bridge.stp', reading)
  const delay = readWord(values.delay, 'bridge.delay', reading)
  return {
    ...(name === undefined ? {} : { name }),
    ...(stp === undefined ? {} : { stp: stp ? 'on' : 'off' }),
    ...(delay === undefined ? {} : { delay }),
  }
}

function domainData(tree: YamlTree, reading: Reading): NonNullable<NetworkData['domain']> {
  if (tree.kind === 'word' && tree.text !== undefined) {
    reading.places.set('domain.name', tree.place)
    return { name: tree.text }
  }
  const map = expectMap(tree, 'domain', reading)
  if (map === undefined) return { name: '' }
  const values = readMap(map, ['name', 'localOnly'], 'a domain', reading)
  const name = readWord(values.name, 'domain.name', reading)
  const isLocalOnly = readYesNo(values.localOnly, 'domain.localOnly', reading)
  return { ...(name === undefined ? {} : { name }), ...(isLocalOnly === true ? { localOnly: 'yes' } : {}) }
}

function ipData(values: Values, reading: Reading): Pick<NetworkData, 'ip'> {
  const address = readWord(values.address, 'ip[0].address', reading)
  const netmask = readWord(values.netmask, 'ip[0].netmask', reading)
  if (values.address === undefined) {
    const [orphan] = [values.dhcp, values.netmask].filter((tree) => tree !== undefined)
    if (orphan === undefined) return {}
    const message = "a network without 'address' has no subnet to give addresses from"
    reading.problems.push({
      path: 'address',
      message,
      hint: 'such as: address: 192.168.150.1/24',
      ...orphan.place,
    })
    return {}
  }
  const [host = '', prefix] = address?.split('/', 2) ?? []
  if (prefix !== undefined)
    reading.places.set('ip[0].prefix', reading.places.get('ip[0].address') ?? { line: 1, column: 1 })
  return {
    ip: [
      {
        address: host,
        ...(prefix === undefined ? {} : { prefix }),
        ...(netmask === undefined ? {} : { netmask }),
        ...(values.dhcp === undefined ? {} : { dhcp: dhcpData(values.dhcp, reading) }),
      },
    ],
  }
}

/** Paths of the data → the keys of this spelling, for messages. */
export function inYamlWords(text: string): string {
  return text
    .replaceAll(/\bip\[0\]\.?/g, '')
    .replaceAll('mac.address', 'mac')
    .replaceAll('forward.mode', 'mode')
    .replaceAll('forward.dev', 'device')
    .replaceAll('dhcp.host[', 'dhcp.hosts[')
}

/** The same network as a plain object, keys in the order people read them. */
export function networkObject(spec: NetworkSpec): Record<string, unknown> {
  const { domain } = spec
  return {
    name: spec.name,
    uuid: spec.uuid,
    mode: spec.mode,
    ...(spec.forwardDevice === undefined ? {} : { device: spec.forwardDevice }),
    bridge: { name: spec.bridge.name, stp: spec.bridge.stp, delay: spec.bridge.delaySeconds },
    mac: spec.mac,
    ...(domain === undefined
      ? {}
      : { domain: domain.isLocalOnly ? { name: domain.name, localOnly: true } : domain.name }),
    ...(spec.ip === undefined ? {} : ipObject(spec.ip)),
    ...(spec.kept.length === 0 ? {} : { xml: spec.kept.map((kept: KeptElement) => kept.xml) }),
  }
}

function ipObject({ cidr, prefixSpelling, dhcp }: IpSpec): Record<string, unknown> {
  const address = prefixSpelling === 'prefix' ? formatIpv4Cidr(cidr) : cidr.address
  const netmask = prefixSpelling === 'netmask' ? { netmask: netmaskFromPrefix(cidr.prefix) } : {}
  if (dhcp === undefined) return { address, ...netmask }
  const spans = dhcp.ranges.map(({ start, end }) => `${start}-${end}`)
  const range = spans.length === 0 ? {} : { range: spans.length === 1 ? spans[0] : spans }
  const hosts = dhcp.hosts.length === 0 ? {} : { hosts: dhcp.hosts }
  return { address, ...netmask, dhcp: { ...range, ...hosts } }
}
