/** Where a host is to reach guests that sit on its NIC, as words. */
import { parseIpv4Cidr } from '../../core/address/ipv4.ts'
import { parseIpv6Cidr } from '../../core/address/ipv6.ts'
import type { ReachedPiece } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import { complain } from './read-value.ts'

/** `192.0.2.224/28`; one address alone needs no prefix. */
export const reachWords = (pieces: readonly ReachedPiece[]): string[] =>
  pieces.map(({ address, prefix }) => `${address}/${String(prefix)}`)

export function readReach(words: readonly string[], reading: Reading): ReachedPiece[] {
  return words.flatMap((word, index): ReachedPiece[] => {
    const whole = word.includes('/') ? word : `${word}/${word.includes(':') ? '128' : '32'}`
    const piece = parseIpv4Cidr(whole) ?? parseIpv6Cidr(whole)
    if (piece !== undefined) return [piece]
    complain(
      reading,
      `hostReach[${String(index)}]`,
      `'${word}' is neither an address nor a piece of a LAN`,
      '192.0.2.224/28, or 192.0.2.77',
    )
    return []
  })
}
