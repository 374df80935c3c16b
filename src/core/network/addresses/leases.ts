/** dnsmasq's lease file, read. */
import { parseIpv4, type Ipv4Address } from '../../address/ipv4.ts'
import { parseIpv6, type Ipv6Address } from '../../address/ipv6.ts'
import { parseMac, type MacAddress } from '../../address/mac.ts'

export interface Lease {
  readonly mac: MacAddress
  readonly ip: Ipv4Address
  readonly hostName?: string
  readonly clientId?: string
  /** Seconds since 1970; 0 is never. */
  readonly expires: number
}

/** One line a lease: `1795290000 52:54:00:77:05:10 192.168.122.10 web 01:52:54:00:77:05:10`, `*` for unknown. */
export function parseLeases(text: string): Lease[] {
  return text.split('\n').flatMap((line) => {
    const [expires = '', hardware = '', address = '', hostName = '*', clientId = '*'] = line
      .trim()
      .split(/\s+/)
    const mac = parseMac(hardware)
    const ip = parseIpv4(address)
    if (mac === undefined || ip === undefined || !/^\d+$/.test(expires)) return []
    return [
      {
        mac,
        ip,
        ...(hostName === '*' ? {} : { hostName }),
        ...(clientId === '*' ? {} : { clientId }),
        expires: Number(expires),
      },
    ]
  })
}

/** Of DHCPv6: a guest is known by its DUID, and by its MAC where that is in there. */
export interface Lease6 {
  readonly mac?: MacAddress
  readonly ip: Ipv6Address
  readonly hostName?: string
  readonly duid: string
  readonly expires: number
}

/** After the server's own `duid` line: `1795290000 1234 fd00::2 web 00:03:00:01:52:54:00:77:05:10`; `T` marks a temporary one. */
export function parseLeases6(text: string): Lease6[] {
  return text.split('\n').flatMap((line) => {
    const [expires = '', id = '', address = '', hostName = '*', duid = ''] = line.trim().split(/\s+/)
    const ip = address.includes(':') ? parseIpv6(address) : undefined
    if (ip === undefined || !/^T?\d+$/.test(id) || !/^\d+$/.test(expires)) return []
    const mac = macOfDuid(duid)
    return [
      {
        ...(mac === undefined ? {} : { mac }),
        ip,
        ...(hostName === '*' ? {} : { hostName }),
        duid,
        expires: Number(expires),
      },
    ]
  })
}

/** DUIDs of the kinds 1 (with a time) and 3 end in the MAC of one of the guest's NICs, not always this one. */
function macOfDuid(duid: string): MacAddress | undefined {
  const [, mac] =
    /^00:0(?:1:00:01(?::[0-9a-f]{2}){4}|3:00:01):((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/i.exec(duid) ?? []
  return mac === undefined ? undefined : parseMac(mac)
}

export function isLeaseCurrent(lease: Pick<Lease, 'expires'>, nowSeconds: number): boolean {
  return lease.expires === 0 || lease.expires > nowSeconds
}
