/** weft's own spelling of a network, the same in YAML and JSON. The words are checked by the reader they share with XML. */
import type { Reading } from '../libvirt/xml/element-shape.ts'
import { given } from '../libvirt/xml/given.ts'
import type { OwnParts } from '../libvirt/xml/network-draft.ts'
import {
  DNSMASQ_NAMESPACE,
  type BandwidthData,
  type NetworkData,
  type VlanData,
} from '../libvirt/xml/network-element.ts'
import { dnsData, routeData } from './dns-yaml.ts'
import { firewallYaml } from './firewall-yaml.ts'
import { ipsData } from './ips-yaml.ts'
import {
  BANDWIDTH,
  BRIDGE,
  DOMAIN,
  keysOf,
  NAT,
  NETWORK,
  PORTGROUP,
  RATE,
  VLAN,
  VLAN_TAG,
} from './network-shape.ts'
import { expectMap, readList, readMap, readSpan, readTruthWord, readWord, readWords } from './read-map.ts'
import type { YamlTree } from './yaml-tree.ts'

export const NETWORK_KEYS = keysOf(NETWORK)
type NetworkValues = Partial<Record<(typeof NETWORK_KEYS)[number], YamlTree>>

/** What the `xml` key holds is returned as it is: elements that only libvirt's XML has. */
export function networkData(
  tree: YamlTree,
  reading: Reading,
): { data: NetworkData; xml: string[]; own: OwnParts } {
  const map = expectMap(tree, '', reading)
  if (map === undefined) return { data: { name: '' }, xml: [], own: {} }
  const values = readMap(map, NETWORK_KEYS, 'a network', reading)
  const mac = readWord(values.mac, 'mac.address', reading)
  const mtu = readWord(values.mtu, 'mtu.size', reading)
  const isolated = readTruthWord(values.isolatedPorts, 'port.isolated', reading)
  const data: NetworkData = {
    ...given({ name: readWord(values.name, 'name', reading), uuid: readWord(values.uuid, 'uuid', reading) }),
    forward: forwardData(values, reading),
    ...given({
      bridge: values.bridge === undefined ? undefined : bridgeData(values.bridge, reading),
      mac: mac === undefined ? undefined : { address: mac },
      mtu: mtu === undefined ? undefined : { size: mtu },
      domain: values.domain === undefined ? undefined : domainData(values.domain, reading),
      dns: values.dns === undefined ? undefined : dnsData(values.dns, reading),
      vlan: values.vlan === undefined ? undefined : vlanData(values.vlan, 'vlan', reading),
      bandwidth:
        values.bandwidth === undefined ? undefined : bandwidthData(values.bandwidth, 'bandwidth', reading),
      port: isolated === undefined ? undefined : { isolated },
      ipv6: readTruthWord(values.ipv6, 'ipv6', reading),
      trustGuestRxFilters: readTruthWord(values.trustGuestRxFilters, 'trustGuestRxFilters', reading),
      portgroup: values.portgroups === undefined ? undefined : portgroupData(values.portgroups, reading),
    }),
    ip: ipsData(values, reading),
    route: readList(values.routes).map((item, index) => routeData(item, `route[${String(index)}]`, reading)),
    ...optionData(values, reading),
  }
  const xml = readList(values.xml).flatMap((item) => readWord(item, 'xml', reading) ?? [])
  const firewall = values.firewall === undefined ? undefined : firewallYaml(values.firewall, reading)
  const wordsOf = (item: YamlTree | undefined, path: string): string[] | undefined =>
    item &&
    readList(item).flatMap((each, index) => readWord(each, `${path}[${String(index)}]`, reading) ?? [])
  const [proxy, hostReach] = [wordsOf(values.proxy, 'proxy'), wordsOf(values.hostReach, 'hostReach')]
  return { data, xml, own: given({ firewall, proxy, hostReach }) }
}

/** Without a mode it is nat when it has an address, as most networks do. */
function forwardData(values: NetworkValues, reading: Reading): NonNullable<NetworkData['forward']> {
  const hasAddress = values.address !== undefined || values.addresses !== undefined
  const mode = readWord(values.mode, 'forward.mode', reading) ?? (hasAddress ? 'nat' : 'isolated')
  const devices = readList(values.devices).flatMap((item, index) => {
    const dev = readWord(item, `forward.interface[${String(index)}].dev`, reading)
    return dev === undefined ? [] : [{ dev }]
  })
  return {
    mode: mode === 'isolated' ? 'none' : mode,
    ...given({
      dev: readWord(values.device, 'forward.dev', reading),
      interface: devices.length === 0 ? undefined : devices,
      nat: values.nat === undefined ? undefined : natData(values.nat, reading),
    }),
  }
}

function natData(tree: YamlTree, reading: Reading): NonNullable<NonNullable<NetworkData['forward']>['nat']> {
  const map = expectMap(tree, 'forward.nat', reading)
  if (map === undefined) return {}
  const values = readMap(map, keysOf(NAT), 'nat', reading)
  return given({
    ipv6: readTruthWord(values.ipv6, 'forward.nat.ipv6', reading),
    address: readSpan(values.addresses, 'forward.nat.address', reading),
    port: readSpan(values.ports, 'forward.nat.port', reading),
  })
}

function bridgeData(tree: YamlTree, reading: Reading): NonNullable<NetworkData['bridge']> {
  // Just the name is enough.
  if (tree.kind === 'word' && tree.text !== undefined) {
    reading.places.set('bridge.name', tree.place)
    return { name: tree.text }
  }
  const map = expectMap(tree, 'bridge', reading)
  if (map === undefined) return {}
  const values = readMap(map, keysOf(BRIDGE), 'a bridge', reading)
  const stp = readTruthWord(values.stp, 'bridge.stp', reading)
  return given({
    name: readWord(values.name, 'bridge.name', reading),
    stp: stp === undefined ? undefined : stp === 'yes' ? 'on' : 'off',
    delay: readWord(values.delay, 'bridge.delay', reading),
    macTableManager: readWord(values.macTableManager, 'bridge.macTableManager', reading),
  })
}

function domainData(tree: YamlTree, reading: Reading): NonNullable<NetworkData['domain']> {
  if (tree.kind === 'word' && tree.text !== undefined) {
    reading.places.set('domain.name', tree.place)
    return { name: tree.text }
  }
  const map = expectMap(tree, 'domain', reading)
  if (map === undefined) return { name: '' }
  const values = readMap(map, keysOf(DOMAIN), 'a domain', reading)
  return given({
    name: readWord(values.name, 'domain.name', reading),
    localOnly: readTruthWord(values.localOnly, 'domain.localOnly', reading),
    register: readTruthWord(values.register, 'domain.register', reading),
  })
}

function portgroupData(tree: YamlTree, reading: Reading): NonNullable<NetworkData['portgroup']> {
  return readList(tree).map((item, index) => {
    const path = `portgroup[${String(index)}]`
    if (item.kind === 'word' && item.text !== undefined) return { name: item.text }
    const map = expectMap(item, path, reading)
    if (map === undefined) return {}
    const { vlan, bandwidth, ...values } = readMap(map, keysOf(PORTGROUP), 'a port group', reading)
    const inner = `${path}.bandwidth`
    return given({
      name: readWord(values.name, `${path}.name`, reading),
      default: readWord(values.default, `${path}.default`, reading),
      trustGuestRxFilters: readWord(values.trustGuestRxFilters, `${path}.trustGuestRxFilters`, reading),
      vlan: vlan === undefined ? undefined : vlanData(vlan, `${path}.vlan`, reading),
      bandwidth: bandwidth === undefined ? undefined : bandwidthData(bandwidth, inner, reading),
    })
  })
}

/** Just a number is the only tag. */
function vlanData(tree: YamlTree, path: string, reading: Reading): VlanData {
  if (tree.kind === 'word') return { tag: [given({ id: readWord(tree, `${path}.tag[0].id`, reading) })] }
  const map = expectMap(tree, path, reading)
  if (map === undefined) return {}
  const values = readMap(map, keysOf(VLAN), 'a vlan', reading)
  const tag = readList(values.tags).map((item, index) => {
    const at = `${path}.tag[${String(index)}]`
    if (item.kind === 'word') return given({ id: readWord(item, `${at}.id`, reading) })
    return readWords(item, keysOf(VLAN_TAG), at, 'a tag', reading)
  })
  return { ...given({ trunk: readTruthWord(values.trunk, `${path}.trunk`, reading) }), tag }
}

/** Just a number is an average. */
function bandwidthData(tree: YamlTree, path: string, reading: Reading): BandwidthData {
  const map = expectMap(tree, path, reading)
  if (map === undefined) return {}
  const values = readMap(map, keysOf(BANDWIDTH), 'bandwidth', reading)
  const rate = (item: YamlTree | undefined, at: string): BandwidthData['inbound'] => {
    if (item?.kind === 'word') return given({ average: readWord(item, `${at}.average`, reading) })
    return item && readWords(item, keysOf(RATE), at, 'a rate', reading)
  }
  return given({
    inbound: rate(values.inbound, `${path}.inbound`),
    outbound: rate(values.outbound, `${path}.outbound`),
  })
}

function optionData(values: NetworkValues, reading: Reading): Partial<NetworkData> {
  if (values.dnsmasq === undefined) return {}
  const options = readList(values.dnsmasq).flatMap((item, index) => {
    const path = `dnsmasq:options.dnsmasq:option[${String(index)}]`
    const value = readWord(item, path, reading)
    return value === undefined ? [] : [{ value }]
  })
  return { 'xmlns:dnsmasq': DNSMASQ_NAMESPACE, 'dnsmasq:options': { 'dnsmasq:option': options } }
}

/** Paths of the data → the keys of this spelling, for messages. */
export function inYamlWords(text: string): string {
  return text
    .replaceAll(/\bip\[0\]\.?/g, '')
    .replaceAll(/\bip\[(\d+)\]/g, 'addresses[$1]')
    .replaceAll(/\broute\[/g, 'routes[')
    .replaceAll('mac.address', 'mac')
    .replaceAll('mtu.size', 'mtu')
    .replaceAll('port.isolated', 'isolatedPorts')
    .replaceAll('forward.mode', 'mode')
    .replaceAll('forward.dev', 'device')
    .replaceAll('forward.nat', 'nat')
    .replaceAll('dhcp.host[', 'dhcp.hosts[')
}
