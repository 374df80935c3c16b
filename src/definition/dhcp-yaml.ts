/** The `dhcp` part of a network in YAML or JSON: ranges as `FIRST-LAST`, reservations as maps. */
import type { Reading } from '../libvirt/xml/element-shape.ts'
import type { IpData } from '../libvirt/xml/network-element.ts'
import { expectMap, readList, readMap, readWord } from './read-map.ts'
import type { YamlTree } from './yaml-tree.ts'

type DhcpData = NonNullable<IpData['dhcp']>
type RangeData = NonNullable<DhcpData['range']>[number]
type HostData = NonNullable<DhcpData['host']>[number]

export function dhcpData(tree: YamlTree, reading: Reading): DhcpData {
  const map = expectMap(tree, 'ip[0].dhcp', reading)
  if (map === undefined) return {}
  const { range, hosts } = readMap(map, ['range', 'hosts'], 'dhcp', reading)
  return {
    range: readList(range).flatMap((item, index) =>
      rangeData(item, `ip[0].dhcp.range[${String(index)}]`, reading),
    ),
    host: readList(hosts).map((item, index) => hostData(item, `ip[0].dhcp.host[${String(index)}]`, reading)),
  }
}

function rangeData(tree: YamlTree, path: string, reading: Reading): RangeData[] {
  const text = readWord(tree, path, reading)
  const [, start, end] = /^\s*(\S+?)\s*-\s*(\S+)\s*$/.exec(text ?? '') ?? []
  if (start !== undefined && end !== undefined) return [{ start, end }]
  if (text !== undefined) {
    const hint = 'such as 192.168.150.2-192.168.150.254'
    reading.problems.push({ path, message: `'${text}' is not a range of addresses`, hint, ...tree.place })
  }
  return []
}

function hostData(tree: YamlTree, path: string, reading: Reading): HostData {
  const map = expectMap(tree, path, reading)
  if (map === undefined) return {}
  const values = readMap(map, ['mac', 'name', 'ip'], 'a reserved host', reading)
  const mac = readWord(values.mac, `${path}.mac`, reading)
  const name = readWord(values.name, `${path}.name`, reading)
  const ip = readWord(values.ip, `${path}.ip`, reading)
  return {
    ...(mac === undefined ? {} : { mac }),
    ...(name === undefined ? {} : { name }),
    ...(ip === undefined ? {} : { ip }),
  }
}
