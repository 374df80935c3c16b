/** The strings of a `<dhcp>` element, checked one by one. libvirt forgets one with nothing in it, and so does weft. */
import type {
  AddressRange,
  Dhcp6Spec,
  DhcpSpec,
  LeaseTime,
  Reservation,
  Reservation6,
} from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import { given } from './given.ts'
import type { IpData, LeaseData } from './network-element.ts'
import { complain, readAddress, readAddress6, readMac, readNumber } from './read-value.ts'

type DhcpData = NonNullable<IpData['dhcp']>
type HostData = NonNullable<DhcpData['host']>[number]

export function readDhcp(dhcp: DhcpData, path: string, reading: Reading): DhcpSpec | undefined {
  const ranges = readRanges(dhcp, path, readAddress, reading)
  const hosts = (dhcp.host ?? []).map((host, index) =>
    readHost(host, `${path}.host[${String(index)}]`, reading),
  )
  const bootp = readBootp(dhcp.bootp, `${path}.bootp`, reading)
  if (ranges.length + hosts.length > 0) return { ranges, hosts, ...given({ bootp }) }
  if (bootp !== undefined)
    complain(reading, `${path}.bootp`, 'nobody is told of the boot file without a range or a host', 'add one')
  return undefined
}

export function readDhcp6(dhcp: DhcpData, path: string, reading: Reading): Dhcp6Spec | undefined {
  const ranges = readRanges(dhcp, path, readAddress6, reading)
  const hosts = (dhcp.host ?? []).map((host, index) =>
    readHost6(host, `${path}.host[${String(index)}]`, reading),
  )
  if (dhcp.bootp !== undefined) complain(reading, `${path}.bootp`, '<bootp> is for IPv4 only')
  return ranges.length + hosts.length === 0 ? undefined : { ranges, hosts }
}

type ReadAddress<Address> = (
  text: string | undefined,
  path: string,
  whose: string,
  reading: Reading,
) => Address | undefined

function readRanges<Address>(
  dhcp: DhcpData,
  dhcpPath: string,
  read: ReadAddress<Address>,
  reading: Reading,
): AddressRange<Address>[] {
  return (dhcp.range ?? []).flatMap((range, index): AddressRange<Address>[] => {
    const path = `${dhcpPath}.range[${String(index)}]`
    const start = read(range.start, `${path}.start`, '<range>', reading)
    const end = read(range.end, `${path}.end`, '<range>', reading)
    const lease = readLease(range.lease, `${path}.lease`, reading)
    return start === undefined || end === undefined ? [] : [{ start, end, ...given({ lease }) }]
  })
}

function readHost({ mac, id, name, ip, lease }: HostData, path: string, reading: Reading): Reservation {
  if (id !== undefined)
    complain(reading, `${path}.id`, 'a guest is known by its MAC or its name in IPv4, not by an id')
  const needsMac = mac === undefined && name === undefined
  return given({
    mac: mac === undefined && !needsMac ? undefined : readMac(mac, needsMac ? path : `${path}.mac`, reading),
    ip: ip === undefined ? undefined : readAddress(ip, `${path}.ip`, '<host>', reading),
    name,
    lease: readLease(lease, `${path}.lease`, reading),
  })
}

function readHost6({ mac, id, name, ip, lease }: HostData, path: string, reading: Reading): Reservation6 {
  if (mac !== undefined)
    complain(reading, `${path}.mac`, 'IPv6 knows guests by their DUID, not by their MAC', 'write it as id')
  return given({
    id,
    ip: ip === undefined ? undefined : readAddress6(ip, `${path}.ip`, '<host>', reading),
    name,
    lease: readLease(lease, `${path}.lease`, reading),
  })
}

export function readLease(
  lease: LeaseData | undefined,
  path: string,
  reading: Reading,
): LeaseTime | undefined {
  if (lease === undefined) return undefined
  const { unit = 'minutes' } = lease
  if (unit !== 'seconds' && unit !== 'minutes' && unit !== 'hours') {
    complain(reading, `${path}.unit`, `'${unit}' is no unit of a lease`, 'seconds, minutes or hours')
    return undefined
  }
  if (lease.expiry === undefined) complain(reading, path, "<lease> has no attribute 'expiry'")
  const expiry = readNumber(lease.expiry, `${path}.expiry`, reading)
  return expiry === undefined ? undefined : { expiry, unit }
}

function readBootp(bootp: DhcpData['bootp'], path: string, reading: Reading): DhcpSpec['bootp'] {
  if (bootp === undefined) return undefined
  const server =
    bootp.server === undefined ? undefined : readAddress(bootp.server, `${path}.server`, '<bootp>', reading)
  if (bootp.file === undefined) {
    complain(reading, path, "<bootp> has no attribute 'file'")
    return undefined
  }
  return { file: bootp.file, ...given({ server }) }
}
