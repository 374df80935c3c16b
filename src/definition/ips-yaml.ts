/** A network's addresses in YAML or JSON: one as `address`, `netmask` and `dhcp`, several as a list of `addresses`. */
import type { Reading } from '../libvirt/xml/element-shape.ts'
import { given } from '../libvirt/xml/given.ts'
import type { IpData, LeaseData } from '../libvirt/xml/network-element.ts'
import { ADDRESS, BOOTP, DHCP, keysOf, RANGE, RESERVED } from './network-shape.ts'
import { expectMap, readList, readMap, readSpan, readTruthWord, readWord, readWords } from './read-map.ts'
import type { YamlTree } from './yaml-tree.ts'

type DhcpData = NonNullable<IpData['dhcp']>
type RangeData = NonNullable<DhcpData['range']>[number]
type HostData = NonNullable<DhcpData['host']>[number]

/** The keys of a network that are about addresses. */
export type AddressValues = Partial<Record<'address' | 'netmask' | 'dhcp' | 'addresses', YamlTree>>

export function ipsData(values: AddressValues, reading: Reading): IpData[] {
  const { address, netmask, dhcp, addresses } = values
  const [orphan] = [dhcp, netmask].filter((tree) => tree !== undefined)
  if (address === undefined && orphan !== undefined) {
    const message = "a network without 'address' has no subnet to give addresses from"
    const hint = 'such as: address: 192.168.150.1/24'
    reading.problems.push({ path: 'address', message, hint, ...orphan.place })
  }
  if (address !== undefined && addresses !== undefined) {
    const message = "a network has one 'address' or a list of 'addresses', not both"
    reading.problems.push({ path: 'addresses', message, ...addresses.place })
  }
  if (address !== undefined) return [ipData({ address, netmask, dhcp }, 'ip[0]', reading)]
  return readList(addresses).map((item, index) => {
    const path = `ip[${String(index)}]`
    if (item.kind === 'word') return ipData({ address: item }, path, reading)
    const map = expectMap(item, path, reading)
    return map === undefined
      ? {}
      : ipData(readMap(map, keysOf(ADDRESS), 'an address', reading), path, reading)
  })
}

interface IpValues {
  readonly address?: YamlTree
  readonly netmask?: YamlTree | undefined
  readonly family?: YamlTree
  readonly localPtr?: YamlTree
  readonly tftp?: YamlTree
  readonly dhcp?: YamlTree | undefined
}

function ipData(values: IpValues, path: string, reading: Reading): IpData {
  const word = readWord(values.address, `${path}.address`, reading)
  const [address, prefix] = word?.split('/', 2) ?? []
  if (prefix !== undefined)
    reading.places.set(`${path}.prefix`, reading.places.get(`${path}.address`) ?? { line: 1, column: 1 })
  const family =
    readWord(values.family, `${path}.family`, reading) ?? (word?.includes(':') === true ? 'ipv6' : undefined)
  const root = readWord(values.tftp, `${path}.tftp.root`, reading)
  return given({
    family,
    address,
    netmask: readWord(values.netmask, `${path}.netmask`, reading),
    prefix,
    localPtr: readTruthWord(values.localPtr, `${path}.localPtr`, reading),
    tftp: root === undefined ? undefined : { root },
    dhcp: values.dhcp === undefined ? undefined : dhcpData(values.dhcp, `${path}.dhcp`, reading),
  })
}

function dhcpData(tree: YamlTree, path: string, reading: Reading): DhcpData {
  const map = expectMap(tree, path, reading)
  if (map === undefined) return {}
  const { range, hosts, bootp } = readMap(map, keysOf(DHCP), 'dhcp', reading)
  return {
    range: readList(range).flatMap((item, index) =>
      rangeData(item, `${path}.range[${String(index)}]`, reading),
    ),
    host: readList(hosts).map((item, index) => hostData(item, `${path}.host[${String(index)}]`, reading)),
    ...given({
      bootp:
        bootp === undefined
          ? undefined
          : readWords(bootp, keysOf(BOOTP), `${path}.bootp`, 'a boot file', reading),
    }),
  }
}

/** `FIRST-LAST`, or a map with a lease time beside it. */
function rangeData(tree: YamlTree, path: string, reading: Reading): RangeData[] {
  const hint = 'such as 192.168.150.2-192.168.150.254'
  if (tree.kind !== 'map') return [readSpan(tree, path, reading, hint) ?? []].flat()
  const values = readMap(tree, keysOf(RANGE), 'a range', reading)
  const span = readSpan(values.range, path, reading, hint)
  const lease = leaseData(values.lease, `${path}.lease`, reading)
  return span === undefined ? [] : [{ ...span, ...given({ lease }) }]
}

function hostData(tree: YamlTree, path: string, reading: Reading): HostData {
  const map = expectMap(tree, path, reading)
  if (map === undefined) return {}
  const values = readMap(map, keysOf(RESERVED), 'a reserved host', reading)
  return given({
    mac: readWord(values.mac, `${path}.mac`, reading),
    id: readWord(values.id, `${path}.id`, reading),
    name: readWord(values.name, `${path}.name`, reading),
    ip: readWord(values.ip, `${path}.ip`, reading),
    lease: leaseData(values.lease, `${path}.lease`, reading),
  })
}

/** `2 hours`, `30 minutes`, `forever`. */
function leaseData(tree: YamlTree | undefined, path: string, reading: Reading): LeaseData | undefined {
  const text = readWord(tree, path, reading)
  if (text === undefined) return undefined
  if (text === 'forever') return { expiry: '0' }
  const [, expiry, unit = 'minutes'] = /^(\d+)(?:\s+(\w+))?$/.exec(text) ?? []
  if (expiry !== undefined) {
    reading.places.set(`${path}.unit`, reading.places.get(path) ?? { line: 1, column: 1 })
    return { expiry, unit }
  }
  const message = `'${text}' is not a lease time`
  reading.problems.push({ path, message, hint: 'such as 2 hours, or forever', ...tree?.place })
  return undefined
}
