/** The two questions of `weft doctor --probe` as bytes, and what is read of their answers. */

/** Nobody's: of those that people give themselves (bit 2 of the first byte). dnsmasq keeps the offer for it in mind for a while, and no lease. */
export const PROBE_MAC = '02:77:65:66:74:01'

const MAGIC = [99, 130, 83, 99]
const BROADCAST = 0x80
const OPTIONS_AT = 240
const [TYPE, SERVER, END] = [53, 54, 255]
const [DISCOVER, OFFER] = [1, 2]

/** A DHCPDISCOVER (RFC 2131) whose answers go to everybody; `number` tells them from others'. */
export function discover(number: number): Uint8Array {
  const bytes = new Uint8Array(300)
  bytes.set([1, 1, 6, 0])
  new DataView(bytes.buffer).setUint32(4, number)
  bytes[10] = BROADCAST
  bytes.set(
    PROBE_MAC.split(':').map((part) => parseInt(part, 16)),
    28,
  )
  bytes.set([...MAGIC, TYPE, 1, DISCOVER, END], OPTIONS_AT - MAGIC.length)
  return bytes
}

export interface Offer {
  readonly address: string
  /** Who offers it, as it calls itself. */
  readonly server: string
}

/** Undefined: it is something else. */
export function readOffer(bytes: Uint8Array, number: number): Offer | undefined {
  if (bytes.length < OPTIONS_AT || bytes[0] !== 2) return undefined
  if (new DataView(bytes.buffer, bytes.byteOffset).getUint32(4) !== number) return undefined
  const options = optionsOf(bytes)
  const server = options.get(SERVER)
  if (options.get(TYPE)?.[0] !== OFFER || server === undefined) return undefined
  return { address: bytes.subarray(16, 20).join('.'), server: server.join('.') }
}

function optionsOf(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  for (let at = OPTIONS_AT; at < bytes.length && bytes[at] !== END;) {
    const length = bytes[at + 1] ?? 0
    // A single byte of 0 only fills.
    if (bytes[at] === 0) at++
    else {
      found.set(bytes[at] ?? 0, bytes.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
  }
  return found
}

/** `version.bind` of class CHAOS: every dnsmasq answers it by itself, and asks nobody. */
export function versionQuestion(number: number): Uint8Array {
  const name = ['version', 'bind'].flatMap((label) => [label.length, ...new TextEncoder().encode(label)])
  return Uint8Array.from([number >> 8, number & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 0, 16, 0, 3])
}

/** Whatever it answers: that it does is what is asked. */
export const isAnswer = (bytes: Uint8Array, number: number): boolean =>
  bytes.length >= 12 && ((bytes[0] ?? 0) << 8) + (bytes[1] ?? 0) === number && ((bytes[2] ?? 0) & 0x80) !== 0
