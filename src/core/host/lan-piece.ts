/** A piece of a LAN's addresses for guests that the LAN reaches by proxy: the network that has it, and which piece is a likely one. */
import {
  formatIpv4Network,
  ipv4Bounds,
  ipv4Contains,
  ipv4FromNumber,
  parseIpv4Cidr,
  type Ipv4Address,
  type Ipv4Cidr,
} from '../address/ipv4.ts'
import { ipv6Bounds, ipv6FromNumber, parseIpv6Cidr, type Ipv6Cidr } from '../address/ipv6.ts'
import { WeftError } from '../errors.ts'

/** Addresses of IPv4 in a piece that is suggested: /28. */
const LIKELY = 28
/** As many as a network may answer for: /24, and /120 of IPv6. */
const WIDEST = { 4: 24, 6: 120 } as const

interface Piece {
  readonly address: string
  readonly prefix: number
  /** Guests', without this host's own. */
  readonly range: string
}

/** A definition as `weft net define` reads it, in JSON. `pieces` are one of each family at most; throws `invalid-argument`. */
export function lanDefinition(name: string, uplink: string, pieces: readonly string[]): string {
  const all = pieces.map(pieceOf)
  return JSON.stringify({
    name,
    mode: 'route',
    device: uplink,
    proxy: all.map(({ range }) => range),
    addresses: all.map(({ address, prefix, range }) => ({
      address: `${address}/${String(prefix)}`,
      dhcp: { range },
    })),
  })
}

function pieceOf(text: string): Piece {
  const [v4, v6] = [parseIpv4Cidr(text), parseIpv6Cidr(text)]
  if (v4 !== undefined && v4.prefix >= WIDEST[4] && v4.prefix <= 29) return piece4(v4)
  if (v6 !== undefined && v6.prefix >= WIDEST[6] && v6.prefix <= 125) return piece6(v6)
  throw new WeftError('invalid-argument', `'${text}' is no piece of a LAN for guests`, {
    hint: '192.0.2.224/28, from /24 to /29; of IPv6 2001:db8::10/124, from /120 to /125',
  })
}

function piece4(cidr: Ipv4Cidr): Piece {
  const { first, last } = ipv4Bounds(cidr)
  const range = [first + 2, last - 1].map(ipv4FromNumber).join('-')
  return { address: ipv4FromNumber(first + 1), prefix: cidr.prefix, range }
}

function piece6(cidr: Ipv6Cidr): Piece {
  const { first, last } = ipv6Bounds(cidr)
  const range = [first + 2n, last].map(ipv6FromNumber).join('-')
  return { address: ipv6FromNumber(first + 1n), prefix: cidr.prefix, range }
}

/** One at the end of the LAN, where routers seldom give out addresses, that holds none of `taken`; undefined: the LAN is too small. */
export function likelyPiece(lan: Ipv4Cidr, taken: readonly Ipv4Address[]): string | undefined {
  const { first, last } = ipv4Bounds(lan)
  const size = 2 ** (32 - LIKELY)
  for (let start = last + 1 - 2 * size; start > first; start -= size) {
    const piece = { address: ipv4FromNumber(start), prefix: LIKELY }
    if (!taken.some((each) => ipv4Contains(piece, each))) return formatIpv4Network(piece)
  }
  return undefined
}
