/** Single values of a definition's text: read, or complained about with their place. */
import { parseIpv4, type Ipv4Address } from '../../core/address/ipv4.ts'
import { parseMac, type MacAddress } from '../../core/address/mac.ts'
import type { Reading } from './element-shape.ts'

export function readMac(text: string | undefined, path: string, reading: Reading): MacAddress | undefined {
  const mac = parseMac(text ?? '')
  if (mac === undefined)
    complain(
      reading,
      path,
      text === undefined ? 'a MAC address is missing' : `'${text}' is not a MAC address`,
      'write it as 52:54:00:12:34:56',
    )
  return mac
}

export function readAddress(
  text: string | undefined,
  path: string,
  whose: string,
  reading: Reading,
): Ipv4Address | undefined {
  const address = parseIpv4(text ?? '')
  if (address !== undefined) return address
  const name = path.slice(path.lastIndexOf('.') + 1)
  const message =
    text === undefined ? `${whose} has no attribute '${name}'` : `'${text}' is not an IPv4 address`
  complain(reading, path, message, 'four numbers of 0 to 255 joined by dots')
  return undefined
}

/** The place is that of the path, or of the element around it. */
export function complain(reading: Reading, path: string, message: string, hint?: string): void {
  const outer = path.replace(/\.?[^.]*$/, '')
  const place = reading.places.get(path) ?? reading.places.get(outer) ?? reading.places.get('')
  reading.problems.push({ path, message, ...(hint === undefined ? {} : { hint }), ...place })
}
