/**
 * Ports of this host that lead to a guest's, in one word, the same on the command line, in YAML, JSON and definitions:
 * `8080:80`, `5000-5010:5000-5010/udp`, `192.0.2.1:8443:443,from=lan`, `[2001:db8::1]:8080:80`.
 */
import { formatIpv4Network, parseIpv4, parseIpv4Cidr, type Ipv4Address } from '../address/ipv4.ts'
import { formatIpv6Network, parseIpv6, parseIpv6Cidr, type Ipv6Address } from '../address/ipv6.ts'
import { WeftError } from '../errors.ts'

declare const publicationBrand: unique symbol
/** As formatPublication writes it. */
export type PublicationWord = string & { readonly [publicationBrand]: true }

export const PUBLISHED_PROTOCOLS = ['tcp', 'udp'] as const
export type PublishedProtocol = (typeof PUBLISHED_PROTOCOLS)[number]

export interface Publication {
  readonly protocol: PublishedProtocol
  /** Of this host; the first of `count` in a row. */
  readonly port: number
  readonly guestPort: number
  readonly count: number
  /** Only at this address of this host; absent: at all of them. */
  readonly address?: Ipv4Address | Ipv6Address
  /** Who may use it: an address, a subnet, or `lan`; absent: anybody. This host itself always may. */
  readonly from?: string
}

/** Each is an element of the firewall's maps: a range is for a service with some ports, not for a whole host. */
const MOST_PORTS = 1024
/** Who is meant by `lan`: addresses that are not to be had in the internet, and those that never leave a link. */
export const LAN = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
] as const

const HINT = 'write HOST-PORT:GUEST-PORT, such as 8080:80, 5353:53/udp, 192.0.2.1:8080:80 or 8080:80,from=lan'

/** Throws what is wrong with it. */
export function parsePublication(word: string): Publication {
  const [, where, addressText, ports, guestPorts, protocol = 'tcp', who] = WORD.exec(word) ?? []
  if (ports === undefined || guestPorts === undefined) throw refusal(word, 'is no port to publish')
  if (protocol !== 'tcp' && protocol !== 'udp')
    throw refusal(word, `names '${protocol}': ports are published for tcp and for udp`)
  const [first, guest] = [portsOf(word, ports), portsOf(word, guestPorts)]
  if (first.count !== guest.count)
    throw refusal(
      word,
      `has ${String(first.count)} ports of this host for ${String(guest.count)} of the guest`,
    )
  if (first.count > MOST_PORTS)
    throw refusal(word, `has ${String(first.count)} ports: ${String(MOST_PORTS)} are the most in one range`)
  const address = addressText === undefined ? undefined : readAddress(word, addressText, where ?? '')
  const from = who === undefined ? undefined : readSender(word, who)
  return {
    protocol,
    port: first.port,
    guestPort: guest.port,
    count: first.count,
    ...(address === undefined ? {} : { address }),
    ...(from === undefined ? {} : { from }),
  }
}

const WORD =
  /^((?:\[?([\dA-Fa-f.:]+?)\]?):)?(\d+(?:-\d+)?):(\d+(?:-\d+)?)(?:\/([A-Za-z]+))?(?:,from=([^,]+))?$/

function portsOf(word: string, text: string): { readonly port: number; readonly count: number } {
  const [start = 0, end = start] = text.split('-').map(Number)
  if (start < 1 || end > 65_535) throw refusal(word, `has '${text}': ports are 1 to 65535`)
  if (end < start) throw refusal(word, `has the range '${text}' the wrong way round`)
  return { port: start, count: end - start + 1 }
}

function readAddress(word: string, text: string, where: string): Ipv4Address | Ipv6Address {
  const address = parseIpv4(text) ?? (where.startsWith('[') ? parseIpv6(text) : undefined)
  if (address === undefined)
    throw refusal(word, `has '${text}', which is no address; one of IPv6 stands in brackets`)
  return address
}

/** Undefined: anybody. */
function readSender(word: string, who: string): string | undefined {
  if (who === 'any' || who === 'lan') return who === 'any' ? undefined : who
  const v4 = parseIpv4Cidr(parseIpv4(who) === undefined ? who : `${who}/32`)
  const v6 = parseIpv6Cidr(parseIpv6(who) === undefined ? who : `${who}/128`)
  const network = v4 === undefined ? v6 && formatIpv6Network(v6) : formatIpv4Network(v4)
  if (network === undefined)
    throw refusal(word, `lets in '${who}', which is no address, no subnet, not 'lan' and not 'any'`)
  return network.endsWith('/0') ? undefined : network.replace(v4 === undefined ? /\/128$/ : /\/32$/, '')
}

function refusal(word: string, what: string): WeftError {
  return new WeftError('invalid-argument', `'${word}' ${what}`, { hint: HINT })
}

/** Whatever was written, this is how it is kept and shown. */
export function formatPublication(publication: Publication): PublicationWord {
  const { protocol, port, guestPort, count, address, from } = publication
  const where = address === undefined ? '' : `${address.includes(':') ? `[${address}]` : address}:`
  const ports = `${formatPortRange(port, count)}:${formatPortRange(guestPort, count)}`
  const who = from === undefined ? '' : `,from=${from}`
  return `${where}${ports}${protocol === 'tcp' ? '' : `/${protocol}`}${who}` as PublicationWord
}

export function formatPortRange(port: number, count: number): string {
  return count === 1 ? String(port) : `${String(port)}-${String(port + count - 1)}`
}

/** For definitions: undefined when it is none. */
export function readPublication(word: string): PublicationWord | undefined {
  try {
    return formatPublication(parsePublication(word))
  } catch {
    return undefined
  }
}

/** Whether a packet could be meant for both: then only one of them would ever have it. */
export function publicationsClash(one: Publication, other: Publication): boolean {
  const apart = one.port + one.count <= other.port || other.port + other.count <= one.port
  const elsewhere = one.address !== undefined && other.address !== undefined && one.address !== other.address
  return one.protocol === other.protocol && !apart && !elsewhere
}
