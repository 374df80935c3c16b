/** What every keeper of a NIC asks about addresses that a bridge is to have in place of the NIC's. */
import { cidrOf } from '../uplink/readdress.ts'
import { familyOf, isWithin, type StaticAddress, type WantedAddress } from '../uplink/wanted-address.ts'

/** `192.0.2.10/24 and an address from DHCP`: after "it gives br0". */
export const describeAddress = ({ ipv4, ipv6 }: WantedAddress): string =>
  [ipv4, ipv6]
    .flatMap((each) => (each === undefined ? [] : [each === 'dhcp' ? 'an address from DHCP' : cidrOf(each)]))
    .join(' and ')

export const fixedOf = ({ ipv4, ipv6 }: WantedAddress): StaticAddress[] =>
  [ipv4, ipv6].filter((each) => typeof each === 'object')

/** Whether a word is about a family that gets another address. */
export function isReplaced({ ipv4, ipv6 }: WantedAddress, word: string): boolean {
  return (familyOf(word) === 4 ? ipv4 : ipv6) !== undefined
}

/** A gateway that the new addresses do not lead to. */
export function isLost(wanted: WantedAddress, gateway: string): boolean {
  if (/^(0\.0\.0\.0|::)$/.test(gateway)) return false
  return isReplaced(wanted, gateway) && !fixedOf(wanted).some((each) => isWithin(cidrOf(each), gateway))
}
