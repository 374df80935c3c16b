/** Who had which address last, as libvirt's dnsmasq keeps it. */
import { parseIpv4, type Ipv4Address } from '../core/address/ipv4.ts'
import { parseMac, type MacAddress } from '../core/address/mac.ts'

/**
 * Adds what one file says: JSON as libvirt's lease helper writes it (`BRIDGE.status`), or dnsmasq's own lines of versions before 1.2.6
 * (`NETWORK.leases`). A text that is neither says nothing.
 */
export function readForeignLeases(
  so: ReadonlyMap<MacAddress, Ipv4Address>,
  text: string,
): Map<MacAddress, Ipv4Address> {
  const all = new Map(so)
  for (const [mac, ip] of text.trimStart().startsWith('[') ? ofStatus(text) : ofLines(text)) {
    const key = parseMac(mac)
    const address = parseIpv4(ip)
    if (key !== undefined && address !== undefined) all.set(key, address)
  }
  return all
}

function ofStatus(text: string): [string, string][] {
  try {
    const entries = JSON.parse(text) as unknown
    if (!Array.isArray(entries)) return []
    return entries.flatMap((entry: unknown): [string, string][] => {
      const { 'mac-address': mac, 'ip-address': ip } = Object(entry) as Record<string, unknown>
      return typeof mac === 'string' && typeof ip === 'string' ? [[mac, ip]] : []
    })
  } catch {
    return []
  }
}

/** `EXPIRY MAC IP NAME CLIENT-ID`. */
function ofLines(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const [expiry, mac, ip] = line.split(' ')
    return expiry !== undefined && /^\d+$/.test(expiry) && mac !== undefined && ip !== undefined
      ? [[mac, ip]]
      : []
  })
}
