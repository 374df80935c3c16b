/** Single values of a definition's text: read, or complained about with their place. */
import { parseInterfaceName, type InterfaceName } from '../../core/address/interface-name.ts'
import { parseIpv4, type Ipv4Address } from '../../core/address/ipv4.ts'
import { parseIpv6, type Ipv6Address } from '../../core/address/ipv6.ts'
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
  const message = text === undefined ? missing(path, whose) : `'${text}' is not an IPv4 address`
  complain(reading, path, message, 'four numbers of 0 to 255 joined by dots')
  return undefined
}

export function readAddress6(
  text: string | undefined,
  path: string,
  whose: string,
  reading: Reading,
): Ipv6Address | undefined {
  const address = parseIpv6(text ?? '')
  if (address !== undefined) return address
  const message = text === undefined ? missing(path, whose) : `'${text}' is not an IPv6 address`
  complain(reading, path, message, 'such as fd77:5::1')
  return undefined
}

/** Of either family. */
export function readAnyAddress(
  text: string | undefined,
  path: string,
  whose: string,
  reading: Reading,
): Ipv4Address | Ipv6Address | undefined {
  const address = parseIpv4(text ?? '') ?? parseIpv6(text ?? '')
  if (address === undefined)
    complain(reading, path, text === undefined ? missing(path, whose) : `'${text}' is not an IP address`)
  return address
}

function missing(path: string, whose: string): string {
  return `${whose} has no attribute '${path.slice(path.lastIndexOf('.') + 1)}'`
}

export function readInterface(text: string, path: string, reading: Reading): InterfaceName | undefined {
  const name = parseInterfaceName(text)
  if (name === undefined) complain(reading, path, `'${text}' is not a name an interface can have`)
  return name
}

/** undefined when it is not there. */
export function readTruth(text: string | undefined, path: string, reading: Reading): boolean | undefined {
  if (text !== undefined && text !== 'yes' && text !== 'no') {
    const name = path.slice(path.lastIndexOf('.') + 1)
    complain(reading, path, `${name} is 'yes' or 'no', not '${text}'`)
  }
  return text === undefined ? undefined : text === 'yes'
}

/** undefined when it is not there, or no number. */
export function readNumber(text: string | undefined, path: string, reading: Reading): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,10}$/.test(text)) return Number(text)
  const name = path.slice(path.lastIndexOf('.') + 1)
  complain(reading, path, `${name} is a number, not '${text}'`)
  return undefined
}

/** The place is that of the path, or of the element around it. */
export function complain(reading: Reading, path: string, message: string, hint?: string): void {
  const outer = path.replace(/\.?[^.]*$/, '')
  const place = reading.places.get(path) ?? reading.places.get(outer) ?? reading.places.get('')
  reading.problems.push({ path, message, ...(hint === undefined ? {} : { hint }), ...place })
}
