/** Other addresses than those of the NIC, in the words of systemd-networkd: what goes from its sections, and what comes into them. */
import { cidrOf } from '../uplink/readdress.ts'
import type { WantedAddress } from '../uplink/wanted-address.ts'
import { fixedOf, isLost, isReplaced } from './kept-address.ts'
import { valueIn, type UnitSection } from './unit-file.ts'

export function readdressSections(sections: readonly UnitSection[], wanted: WantedAddress): UnitSection[] {
  const rest = sections
    .filter((section) => !isGone(section, wanted))
    .map(({ name, lines }) => ({
      name,
      lines: name === 'Network' ? lines.filter((line) => staysInNetwork(line, wanted)) : lines,
    }))
  return [...rest, { name: 'Network', lines: networkLines(sections, wanted) }]
}

function staysInNetwork(line: string, wanted: WantedAddress): boolean {
  const { key, value } = split(line)
  if (key === 'DHCP') return wanted.ipv4 === undefined && wanted.ipv6 === undefined
  if (key === 'IPv6AcceptRA') return wanted.ipv6 === undefined
  if (key === 'DNS') return wanted.dns.length === 0
  if (key === 'Gateway') return value.startsWith('_') ? true : !isReplaced(wanted, value)
  return key === 'Address' ? !isReplaced(wanted, value) : true
}

/** Whole sections: addresses of such a family, and routes that lead nowhere then. */
function isGone({ name, lines }: UnitSection, wanted: WantedAddress): boolean {
  const value = (key: string): string | undefined => valueIn([{ name, lines }], name, key)
  if (name === 'Address') return isReplaced(wanted, value('Address') ?? '')
  if (name !== 'Route') return false
  const [gateway, destination] = [value('Gateway'), value('Destination')]
  const isDefault = destination === undefined || /^(0\.0\.0\.0|::)\/0$/.test(destination)
  if (gateway === '_dhcp4') return wanted.ipv4 !== undefined && wanted.ipv4 !== 'dhcp'
  if (gateway === '_ipv6ra') return wanted.ipv6 !== undefined
  const source = value('PreferredSource')
  if (source !== undefined && isReplaced(wanted, source))
    return !fixedOf(wanted).some(({ ip }) => ip === source)
  if (gateway === undefined) return false
  return isDefault ? isReplaced(wanted, gateway) : isLost(wanted, gateway)
}

function networkLines(sections: readonly UnitSection[], wanted: WantedAddress): string[] {
  const { ipv4, ipv6, dns } = wanted
  const asked = valueIn(sections, 'Network', 'DHCP') ?? 'no'
  const isAsked = (family: 'ipv4' | 'ipv6'): boolean =>
    /^(yes|true|on|1|both)$/.test(asked) || asked === family
  const asks4 = ipv4 === undefined ? isAsked('ipv4') : ipv4 === 'dhcp'
  const asks6 = ipv6 === undefined && isAsked('ipv6')
  const dhcp = asks4 && asks6 ? 'yes' : asks4 ? 'ipv4' : asks6 ? 'ipv6' : 'no'
  return [
    `DHCP=${dhcp}`,
    ...(ipv6 === undefined ? [] : ['IPv6AcceptRA=no']),
    ...fixedOf(wanted).flatMap((each) => [
      `Address=${cidrOf(each)}`,
      ...(each.gateway === undefined ? [] : [`Gateway=${each.gateway}`]),
    ]),
    ...dns.map((ip) => `DNS=${ip}`),
  ]
}

function split(line: string): { readonly key: string; readonly value: string } {
  const at = line.indexOf('=')
  return { key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() }
}
