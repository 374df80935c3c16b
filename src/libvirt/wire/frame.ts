/** Packets of libvirt's protocol: a length, a header, a body. What comes in arbitrary pieces is cut into packets here. */
import { xdrError } from './xdr.ts'

/** All numbers are four bytes, most significant first. */
export const HEADER_BYTES = 28
/** The largest packet, its own length included. */
export const MOST_BYTES = 33_554_432 + 4
/** Data of a stream in one packet: the old limit, which both sides of stock libvirt keep to. */
export const STREAM_BYTES = 262_120
/** As libvirt has it. */
const MOST_DESCRIPTORS = 32

export const PROGRAMS = { remote: 0x20008086, qemu: 0x20008087, keepalive: 0x6b656570 } as const
export const PROGRAM_VERSION = 1

export const TYPES = {
  call: 0,
  reply: 1,
  message: 2,
  stream: 3,
  callWithFds: 4,
  replyWithFds: 5,
  streamHole: 6,
} as const
export const STATUSES = { ok: 0, error: 1, continue: 2 } as const

export interface Header {
  readonly program: number
  readonly version: number
  readonly procedure: number
  /** One of TYPES, as far as both sides know the same. */
  readonly type: number
  readonly serial: number
  /** One of STATUSES. */
  readonly status: number
}

export interface Packet {
  readonly header: Header
  /** The connection's own memory until the next piece is fed: who keeps it longer copies it. */
  readonly body: Buffer
}

export function formatPacket(header: Header, body: Buffer): Buffer {
  const packet = Buffer.allocUnsafe(HEADER_BYTES + body.length)
  const { program, version, procedure, type, serial, status } = header
  const words = [packet.length, program, version, procedure, type, serial, status]
  for (const [index, word] of words.entries()) packet.writeUInt32BE(word, index * 4)
  body.copy(packet, HEADER_BYTES)
  return packet
}

/** Whole packets of what has come so far, and what is left of the next. Throws XdrError where no packet can begin so. */
export function cutPackets(bytes: Buffer): { readonly packets: readonly Packet[]; readonly rest: Buffer } {
  const packets: Packet[] = []
  let at = 0
  for (let length = lengthAt(bytes, at); length !== undefined; length = lengthAt(bytes, at)) {
    if (bytes.length - at < length) break
    const header = headerAt(bytes, at)
    const body = bytes.subarray(at + HEADER_BYTES, at + length)
    const next = at + length + descriptorsWith(header, body)
    if (bytes.length < next) break
    packets.push({ header, body })
    at = next
  }
  return { packets, rest: bytes.subarray(at) }
}

/** How many descriptors follow a packet, with a byte each that is not counted in its length. */
function descriptorsWith({ type }: Header, body: Buffer): number {
  if (type !== TYPES.callWithFds && type !== TYPES.replyWithFds) return 0
  const count = body.length < 4 ? 0 : body.readUInt32BE(0)
  if (count > MOST_DESCRIPTORS) throw xdrError(`${String(count)} descriptors are too many`)
  return count
}

/** How long the packet that begins there is; undefined while that has not come. */
export function lengthAt(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < 4) return undefined
  const length = bytes.readUInt32BE(at)
  if (length < HEADER_BYTES || length > MOST_BYTES)
    throw xdrError(`no packet is ${String(length)} bytes long`)
  return length
}

function headerAt(bytes: Buffer, at: number): Header {
  const word = (index: number): number => bytes.readUInt32BE(at + index * 4)
  return {
    program: word(1),
    version: word(2),
    procedure: word(3),
    type: word(4),
    serial: word(5),
    status: word(6),
  }
}
