/** dnsmasq's lease file, read. */
import { parseIpv4, type Ipv4Address } from '../address/ipv4.ts'
import { parseMac, type MacAddress } from '../address/mac.ts'

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

export function isLeaseCurrent(lease: Lease, nowSeconds: number): boolean {
  return lease.expires === 0 || lease.expires > nowSeconds
}
