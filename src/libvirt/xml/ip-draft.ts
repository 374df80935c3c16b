/** The strings of an `<ip>` element, checked one by one and turned into the address part of a definition. */
import { parseIpv4, prefixFromNetmask, type Ipv4Address } from '../../core/address/ipv4.ts'
import type { AddressRange, DhcpSpec, IpSpec, Reservation } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import type { IpData } from './network-element.ts'
import { complain, readAddress, readMac } from './read-value.ts'

export function readIps(ips: readonly IpData[], reading: Reading): IpSpec | undefined {
  const [first, second] = ips
  if (second !== undefined) complain(reading, 'ip[1]', 'a second <ip> is not supported yet')
  if (first === undefined) return undefined
  if (first.family !== undefined && first.family !== 'ipv4') {
    const message =
      first.family === 'ipv6' ? 'IPv6 is not supported yet' : `'${first.family}' is no address family`
    complain(reading, 'ip[0].family', message)
    return undefined
  }
  const address = readAddress(first.address, 'ip[0].address', 'the network', reading)
  const length = readLength(first, address, reading)
  const dhcp = first.dhcp === undefined ? undefined : readDhcp(first.dhcp, reading)
  if (address === undefined || length === undefined) return undefined
  const { prefix, prefixSpelling } = length
  return { cidr: { address, prefix }, prefixSpelling, ...(dhcp === undefined ? {} : { dhcp }) }
}

function readLength(
  { netmask, prefix }: IpData,
  address: Ipv4Address | undefined,
  reading: Reading,
): (Pick<IpSpec, 'prefixSpelling'> & { prefix: number }) | undefined {
  if (netmask !== undefined && prefix !== undefined) {
    complain(reading, 'ip[0].prefix', 'the address has both a netmask and a prefix', 'keep one of the two')
    return undefined
  }
  if (netmask !== undefined) {
    const mask = parseIpv4(netmask)
    const bits = mask === undefined ? undefined : prefixFromNetmask(mask)
    if (bits === undefined)
      complain(reading, 'ip[0].netmask', `'${netmask}' is not a netmask`, 'such as 255.255.255.0')
    return bits === undefined ? undefined : { prefix: bits, prefixSpelling: 'netmask' }
  }
  if (prefix !== undefined) {
    const isPrefix = /^\d{1,2}$/.test(prefix) && Number(prefix) <= 32
    if (!isPrefix) complain(reading, 'ip[0].prefix', `'${prefix}' is not a prefix of 0 to 32`)
    return isPrefix ? { prefix: Number(prefix), prefixSpelling: 'prefix' } : undefined
  }
  return { prefix: classPrefix(address), prefixSpelling: 'class' }
}

/** As in the days before CIDR: class A, B or C by the first bits. */
function classPrefix(address: Ipv4Address | undefined): number {
  const first = Number(address?.split('.')[0] ?? 0)
  if (first < 128) return 8
  return first < 192 ? 16 : 24
}

/** libvirt forgets a `<dhcp>` with nothing in it. */
function readDhcp(dhcp: NonNullable<IpData['dhcp']>, reading: Reading): DhcpSpec | undefined {
  const ranges = (dhcp.range ?? []).flatMap(({ start, end }, index): AddressRange[] => {
    const path = `ip[0].dhcp.range[${String(index)}]`
    const first = readAddress(start, `${path}.start`, '<range>', reading)
    const last = readAddress(end, `${path}.end`, '<range>', reading)
    return first === undefined || last === undefined ? [] : [{ start: first, end: last }]
  })
  const hosts = (dhcp.host ?? []).flatMap(({ mac, name, ip }, index): Reservation[] => {
    const path = `ip[0].dhcp.host[${String(index)}]`
    const parsed = readMac(mac, mac === undefined ? path : `${path}.mac`, reading)
    const address = ip === undefined ? undefined : readAddress(ip, `${path}.ip`, '<host>', reading)
    if (parsed === undefined) return []
    return [
      {
        mac: parsed,
        ...(address === undefined ? {} : { ip: address }),
        ...(name === undefined ? {} : { name }),
      },
    ]
  })
  return ranges.length + hosts.length === 0 ? undefined : { ranges, hosts }
}
