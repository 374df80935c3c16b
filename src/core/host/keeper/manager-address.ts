/** Other addresses than those of the NIC, in the words of NetworkManager: `[ipv4]` and `[ipv6]` of a profile. */
import { cidrOf } from '../uplink/readdress.ts'
import { familyOf, type StaticAddress, type WantedAddress } from '../uplink/wanted-address.ts'
import { isLost } from './kept-address.ts'
import type { UnitSection } from './unit-file.ts'

export function readdressProfile(sections: readonly UnitSection[], wanted: WantedAddress): UnitSection[] {
  const others = sections.filter(({ name }) => name !== 'ipv4' && name !== 'ipv6')
  return [
    ...others,
    ...(['ipv4', 'ipv6'] as const).flatMap((name): UnitSection[] => {
      const own = sections.filter((section) => section.name === name).flatMap(({ lines }) => lines)
      const lines = [...familyLines(own, wanted[name], wanted), ...dnsLines(name, wanted)]
      return lines.length === 0 ? [] : [{ name, lines }]
    }),
  ]
}

/** `route1` and what is said about it, `route1_options`, go together. */
function familyLines(
  lines: readonly string[],
  own: 'dhcp' | StaticAddress | undefined,
  wanted: WantedAddress,
): string[] {
  const kept = lines.filter((line) => wanted.dns.length === 0 || !line.startsWith('dns='))
  if (own === undefined) return kept
  const lost = new Set(
    kept.flatMap((line) => {
      const [, route = '', gateway = ''] = /^(route\d+)=[^,]+,([^,]+)/.exec(line) ?? []
      return gateway !== '' && isLost(wanted, gateway) ? [route] : []
    }),
  )
  const rest = kept.filter((line) => {
    const key = line.split('=')[0] ?? ''
    return (
      !/^(method|address\d*|addresses|gateway|dhcp-.*)$/.test(key) && !lost.has(key.replace(/_options$/, ''))
    )
  })
  if (own === 'dhcp') return ['method=auto', ...rest]
  const gateway = own.gateway === undefined ? '' : `,${own.gateway}`
  return ['method=manual', `address1=${cidrOf(own)}${gateway}`, ...rest]
}

function dnsLines(name: 'ipv4' | 'ipv6', { dns }: WantedAddress): string[] {
  const own = dns.filter((ip) => familyOf(ip) === (name === 'ipv4' ? 4 : 6))
  return own.length === 0 ? [] : [`dns=${own.join(';')};`]
}
