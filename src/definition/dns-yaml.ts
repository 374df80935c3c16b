/** DNS records and static routes of a network in YAML or JSON. */
import type { Reading } from '../libvirt/xml/element-shape.ts'
import { given } from '../libvirt/xml/given.ts'
import type { DnsData, RouteData } from '../libvirt/xml/network-element.ts'
import { DNS, DNS_HOST, FORWARDER, keysOf, ROUTE, SRV, TXT } from './network-shape.ts'
import { expectMap, readList, readMap, readTruthWord, readWord, readWords } from './read-map.ts'
import type { YamlTree } from './yaml-tree.ts'

export function dnsData(tree: YamlTree, reading: Reading): DnsData {
  const map = expectMap(tree, 'dns', reading)
  if (map === undefined) return {}
  const values = readMap(map, keysOf(DNS), 'dns', reading)
  return {
    ...given({
      enable: readTruthWord(values.enable, 'dns.enable', reading),
      forwardPlainNames: readTruthWord(values.forwardPlainNames, 'dns.forwardPlainNames', reading),
    }),
    forwarder: readList(values.forwarders).map((item, index) =>
      forwarderData(item, `dns.forwarder[${String(index)}]`, reading),
    ),
    txt: readList(values.txt).map((item, index) =>
      readWords(item, keysOf(TXT), `dns.txt[${String(index)}]`, 'a TXT record', reading),
    ),
    srv: readList(values.srv).map((item, index) =>
      readWords(item, keysOf(SRV), `dns.srv[${String(index)}]`, 'an SRV record', reading),
    ),
    host: readList(values.hosts).map((item, index) => hostData(item, `dns.host[${String(index)}]`, reading)),
  }
}

/** Just the address is enough. */
function forwarderData(
  tree: YamlTree,
  path: string,
  reading: Reading,
): NonNullable<DnsData['forwarder']>[number] {
  if (tree.kind === 'word') return given({ addr: readWord(tree, `${path}.addr`, reading) })
  const { domain, address, port } = readWords(tree, keysOf(FORWARDER), path, 'a forwarder', reading)
  return given({ domain, addr: address, port })
}

function hostData(tree: YamlTree, path: string, reading: Reading): NonNullable<DnsData['host']>[number] {
  const map = expectMap(tree, path, reading)
  if (map === undefined) return {}
  const values = readMap(map, keysOf(DNS_HOST), 'a DNS host', reading)
  const hostname = readList(values.names).flatMap((item) => readWord(item, `${path}.hostname`, reading) ?? [])
  return { ...given({ ip: readWord(values.ip, `${path}.ip`, reading) }), hostname }
}

/** `to` has the prefix with it. */
export function routeData(tree: YamlTree, path: string, reading: Reading): RouteData {
  const { to, netmask, via, metric, family } = readWords(tree, keysOf(ROUTE), path, 'a route', reading)
  const places = { to: 'address', via: 'gateway' }
  for (const [from, name] of Object.entries(places)) {
    const place = reading.places.get(`${path}.${from}`)
    if (place !== undefined) reading.places.set(`${path}.${name}`, place)
  }
  const [address, prefix] = to?.split('/', 2) ?? []
  const guess = to?.includes(':') === true ? 'ipv6' : undefined
  return given({ family: family ?? guess, address, netmask, prefix, gateway: via, metric })
}
