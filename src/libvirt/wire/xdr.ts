/**
 * XDR (RFC 4506) as libvirt's protocol uses it: a codec describes a type once, for reading and for writing. Everything smaller than eight
 * bytes travels as four, most significant first; strings and opaque bytes are padded to a multiple of four. Reading never goes past the
 * end, never makes more than its limits allow, and throws `XdrError`s: whoever has read a message whole knows that it was well-formed.
 */

export interface Codec<T> {
  read(from: XdrReader): T
  write(to: XdrWriter, value: T): void
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never

/** What is left to read begins at `at`. */
export interface XdrReader {
  readonly bytes: Buffer
  at: number
}

/** Grows as it is written to; what is written ends at `length`. */
export interface XdrWriter {
  bytes: Buffer
  length: number
}

export function xdrError(message: string): Error {
  return Object.assign(new Error(message), { name: 'XdrError' })
}

export const isXdrError = (error: unknown): error is Error =>
  error instanceof Error && error.name === 'XdrError'

export function newWriter(size = 512): XdrWriter {
  return { bytes: Buffer.allocUnsafe(size), length: 0 }
}

export const written = ({ bytes, length }: XdrWriter): Buffer => bytes.subarray(0, length)

/** All of the bytes, and nothing besides. */
export function decode<T>(codec: Codec<T>, bytes: Buffer): T {
  const reader = { bytes, at: 0 }
  const value = codec.read(reader)
  if (reader.at !== bytes.length) throw xdrError(`${String(bytes.length - reader.at)} bytes too many`)
  return value
}

export function encode<T>(codec: Codec<T>, value: T): Buffer {
  const writer = newWriter()
  codec.write(writer, value)
  return written(writer)
}

/** Where the next `count` bytes begin; they are there. */
function take(from: XdrReader, count: number): number {
  const { at } = from
  if (at + count > from.bytes.length) throw xdrError('the message ends too early')
  from.at = at + count
  return at
}

/** Where `count` bytes may be written. */
function reserve(to: XdrWriter, count: number): number {
  const at = to.length
  if (at + count > to.bytes.length) {
    const larger = Buffer.allocUnsafe(Math.max(to.bytes.length * 2, at + count))
    to.bytes.copy(larger, 0, 0, at)
    to.bytes = larger
  }
  to.length = at + count
  return at
}

export const int: Codec<number> = {
  read: (from) => from.bytes.readInt32BE(take(from, 4)),
  write: (to, value) => {
    const at = reserve(to, 4)
    to.bytes.writeInt32BE(value, at)
  },
}

export const uint: Codec<number> = {
  read: (from) => from.bytes.readUInt32BE(take(from, 4)),
  write: (to, value) => {
    const at = reserve(to, 4)
    to.bytes.writeUInt32BE(value, at)
  },
}

export const hyper: Codec<bigint> = {
  read: (from) => from.bytes.readBigInt64BE(take(from, 8)),
  write: (to, value) => {
    const at = reserve(to, 8)
    to.bytes.writeBigInt64BE(value, at)
  },
}

export const uhyper: Codec<bigint> = {
  read: (from) => from.bytes.readBigUInt64BE(take(from, 8)),
  write: (to, value) => {
    const at = reserve(to, 8)
    to.bytes.writeBigUInt64BE(value, at)
  },
}

export const double: Codec<number> = {
  read: (from) => from.bytes.readDoubleBE(take(from, 8)),
  write: (to, value) => {
    const at = reserve(to, 8)
    to.bytes.writeDoubleBE(value, at)
  },
}

const padded = (length: number): number => (length + 3) & ~3

function readBytes(from: XdrReader, most: number): [start: number, end: number] {
  const length = uint.read(from)
  if (length > most) throw xdrError(`${String(length)} bytes where ${String(most)} are allowed`)
  const start = take(from, padded(length))
  return [start, start + length]
}

function writePadded(to: XdrWriter, length: number, fill: (bytes: Buffer, at: number) => void): void {
  const at = reserve(to, padded(length))
  // Three bytes at most: less than a call of the buffer's own costs.
  for (let place = at + length; place < to.length; place++) to.bytes[place] = 0
  fill(to.bytes, at)
}

/** Names and the like, of which lists are full: by hand, several times faster than a call of the buffer's own. */
const SHORT = 64

/** False: it is long, too long, or not of ASCII alone; nothing has been written then. */
function writeShort(to: XdrWriter, value: string, most: number): boolean {
  const { length } = value
  if (length > SHORT || length > most) return false
  for (let place = 0; place < length; place++) if (value.charCodeAt(place) > 0x7f) return false
  uint.write(to, length)
  writePadded(to, length, (bytes, at) => {
    for (let place = 0; place < length; place++) bytes[at + place] = value.charCodeAt(place)
  })
  return true
}

/** UTF-8; `most` is in bytes. */
export function text(most: number): Codec<string> {
  return {
    read: (from) => from.bytes.toString('utf8', ...readBytes(from, most)),
    write: (to, value) => {
      if (writeShort(to, value, most)) return
      const length = Buffer.byteLength(value)
      if (length > most) throw xdrError(`a text of ${String(length)} bytes where ${String(most)} are allowed`)
      uint.write(to, length)
      writePadded(to, length, (bytes, at) => bytes.write(value, at))
    },
  }
}

/** What is read is the message's own memory: who keeps it longer copies it. */
export function opaque(most: number): Codec<Buffer> {
  return {
    read: (from) => from.bytes.subarray(...readBytes(from, most)),
    write: (to, value) => {
      if (value.length > most)
        throw xdrError(`${String(value.length)} bytes where ${String(most)} are allowed`)
      uint.write(to, value.length)
      writePadded(to, value.length, (bytes, at) => value.copy(bytes, at))
    },
  }
}

/** Sixteen bytes without a length, shown as people write them: `2815da0a-0c21-4db2-8fed-c304f843ba6b`. */
export const uuid: Codec<string> = {
  read: (from) => {
    const at = take(from, 16)
    const hex = from.bytes.toString('hex', at, at + 16)
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  },
  write: (to, value) => {
    const at = reserve(to, 16)
    let digits = 0
    for (let place = 0; place < value.length; place++) {
      const code = value.charCodeAt(place)
      if (code === DASH) continue
      const digit = digitOf(code)
      if (digit < 0 || digits === 32) throw xdrError(`'${value}' is no UUID`)
      const byte = at + (digits >> 1)
      to.bytes[byte] = (digits & 1) === 0 ? digit << 4 : (to.bytes[byte] ?? 0) | digit
      digits++
    }
    if (digits !== 32) throw xdrError(`'${value}' is no UUID`)
  },
}

const DASH = 0x2d

/** Of a hexadecimal digit; -1 of anything else. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = (code | 0x20) - 0x61
  return letter >= 0 && letter < 6 ? letter + 10 : -1
}

export function optional<T>(codec: Codec<T>): Codec<T | null> {
  return {
    read: (from) => {
      const there = uint.read(from)
      if (there > 1) throw xdrError(`${String(there)} where only 0 and 1 say whether something follows`)
      return there === 0 ? null : codec.read(from)
    },
    write: (to, value) => {
      uint.write(to, value === null ? 0 : 1)
      if (value !== null) codec.write(to, value)
    },
  }
}

export function list<T>(codec: Codec<T>, most: number): Codec<readonly T[]> {
  return {
    read: (from) => {
      const count = uint.read(from)
      // No element is smaller than four bytes: a count that the message cannot hold is not believed.
      if (count > most || count * 4 > from.bytes.length - from.at)
        throw xdrError(`${String(count)} elements where ${String(most)} are allowed`)
      return Array.from({ length: count }, () => codec.read(from))
    },
    write: (to, values) => {
      if (values.length > most)
        throw xdrError(`${String(values.length)} elements where ${String(most)} are allowed`)
      uint.write(to, values.length)
      for (const value of values) codec.write(to, value)
    },
  }
}

/** Exactly so many, without a count. */
export function tuple<T>(codec: Codec<T>, count: number): Codec<readonly T[]> {
  return {
    read: (from) => Array.from({ length: count }, () => codec.read(from)),
    write: (to, values) => {
      if (values.length !== count)
        throw xdrError(`${String(values.length)} elements where there are ${String(count)}`)
      for (const value of values) codec.write(to, value)
    },
  }
}

export type Fields = Readonly<Record<string, Codec<unknown>>>
export type FieldsOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> }

/** One after another, in the order in which they are listed. */
export function struct<F extends Fields>(fields: F): Codec<FieldsOf<F>> {
  const all = Object.entries(fields)
  return {
    read: (from) => {
      const value: Record<string, unknown> = {}
      for (const [name, codec] of all) value[name] = codec.read(from)
      return value as FieldsOf<F>
    },
    write: (to, value) => {
      for (const [name, codec] of all) codec.write(to, value[name])
    },
  }
}

/** A number, then what it says. */
export type Choice<C extends Readonly<Record<number, Codec<unknown>>>> = {
  [K in keyof C]: { readonly type: K; readonly value: ValueOf<C[K]> }
}[keyof C]

export function choice<C extends Readonly<Record<number, Codec<unknown>>>>(arms: C): Codec<Choice<C>> {
  return {
    read: (from) => {
      const type = int.read(from)
      const arm = arms[type]
      if (arm === undefined) throw xdrError(`${String(type)} is no type of value`)
      return { type, value: arm.read(from) } as unknown as Choice<C>
    },
    write: (to, { type, value }) => {
      int.write(to, Number(type))
      arms[Number(type)]?.write(to, value)
    },
  }
}
