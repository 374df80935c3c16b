/** Other addresses than those of the NIC, in the words of ifupdown: its stanzas of a family that is replaced, and when they cannot be. */
import { cidrOf } from '../uplink/readdress.ts'
import { familyOf, type StaticAddress, type WantedAddress } from '../uplink/wanted-address.ts'
import { aliasOf, stanzaLines, type StanzaLine } from './ifupdown-lines.ts'
import type { Handing, KeptBridge, SeenIfupdown } from './seen-keeper.ts'

/** What a stanza says of its address, in any method. */
const OF_ADDRESS =
  /^(address|netmask|gateway|broadcast|network|pointopoint|metric|scope|preferred-lifetime|accept_ra|autoconf|privext|dad-attempts|dad-interval|hostname|leasehours|leasetime|vendor|client|request_prefix|ll-attempts|ll-interval|dhcp)$/

type Own = 'dhcp' | StaticAddress

export const wantedOf = ({ ipv4, ipv6 }: WantedAddress, family: 'inet' | 'inet6'): Own | undefined =>
  family === 'inet' ? ipv4 : ipv6

/** What the line's stanza gives in place of its own address; one that asks for a lease already does so as it did. */
export function ownOf(
  { family = 'inet', method }: StanzaLine,
  wanted: WantedAddress | undefined,
): Own | undefined {
  const own = wanted && wantedOf(wanted, family)
  return own === 'dhcp' && method === 'dhcp' ? undefined : own
}

export const methodOf = (own: Own): string => (own === 'dhcp' ? 'dhcp' : 'static')

/** Lines of a stanza about the address, behind the one that opens it. */
export function addressLines(own: Own, dns: readonly string[]): string[] {
  if (own === 'dhcp') return []
  const family = familyOf(own.ip)
  const servers = dns.filter((ip) => familyOf(ip) === family)
  return [
    `    address ${cidrOf(own)}`,
    ...(own.gateway === undefined ? [] : [`    gateway ${own.gateway}`]),
    ...(servers.length === 0 ? [] : [`    dns-nameservers ${servers.join(' ')}`]),
  ]
}

/** Whether the line goes when its stanza's family gets another address. */
export function isAddressLine(
  { begins, words: [keyword = ''] }: StanzaLine,
  { dns }: WantedAddress,
): boolean {
  return !begins && (OF_ADDRESS.test(keyword) || (dns.length > 0 && /^dns-nameservers?$/.test(keyword)))
}

/** One stanza of the family is enough to be rewritten; commands about addresses in it are somebody's thoughts. */
export function whyNotReaddressed(
  { files }: SeenIfupdown,
  { nic }: KeptBridge,
  wanted: WantedAddress,
): Handing['refused'] {
  for (const { path, content } of files) {
    const met = new Set<string>()
    for (const { begins, words, stanza = '', text, family = 'inet' } of stanzaLines(content)) {
      const alias = aliasOf(stanza.replace(/^iface /, ''), nic)
      if (!stanza.startsWith('iface ') || alias === undefined) continue
      if (wantedOf(wanted, family) === undefined) continue
      if (begins && (alias !== '' || met.has(family)))
        return {
          message: `${path} gives '${nic}${alias}' more than one address, and --address is for one`,
          hint: 'take the others out of it first, or leave --address away and change it afterwards',
        }
      if (begins) met.add(family)
      else if (/^(pre-|post-)?(up|down)$/.test(words[0] ?? '') && ABOUT_ADDRESSES.test(text))
        return {
          message: `${path} has a command about addresses or routes of '${nic}': ${text.trim()}`,
          hint: 'take it out of it first, or leave --address away and change it afterwards',
        }
    }
  }
  return undefined
}

const ABOUT_ADDRESSES = /\bip\s+(-\S+\s+)*(a|addr|address|r|ro|route|rule|ru)\b|\b(route|ifconfig)\b/
