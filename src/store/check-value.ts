/** Small checks, put together to check what stands in a file: each throws an Error that names the first place that is wrong. */
import { parseIpv4 } from '../core/address/ipv4.ts'
import { parseIpv6 } from '../core/address/ipv6.ts'
import { parseMac } from '../core/address/mac.ts'

/** `strictly`: no field may stand there that nobody has described. */
export type Check = (value: unknown, path: string, strictly?: boolean) => void

export const record =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, path, strictly) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object')
    for (const [name, check] of Object.entries(fields)) {
      check((value as Record<string, unknown>)[name], join(path, name), strictly)
    }
    const unknown = Object.keys(value).find((each) => strictly === true && !Object.hasOwn(fields, each))
    if (unknown !== undefined) throw new Error(`'${join(path, unknown)}' is nothing that weft knows`)
  }

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

export const optional =
  (check: Check): Check =>
  (value, path, strictly) => {
    if (value !== undefined) check(value, path, strictly)
  }

export const list =
  (check: Check): Check =>
  (value, path, strictly) => {
    if (!Array.isArray(value)) throw wrong(path, 'a list')
    value.forEach((entry, index) => {
      check(entry, `${path}[${index}]`, strictly)
    })
  }

export const text =
  (what: string, accepts: (text: string) => boolean = () => true): Check =>
  (value, path) => {
    if (typeof value !== 'string' || !accepts(value)) throw wrong(path, what)
  }

export const oneOf = (...words: readonly string[]): Check =>
  text(words.join(' or '), (word) => words.includes(word))

export const count: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw wrong(path, 'a number')
}

export const yesNo: Check = (value, path) => {
  if (typeof value !== 'boolean') throw wrong(path, 'true or false')
}

export function wrong(path: string, what: string): Error {
  return new Error(`'${path === '' ? 'the file' : path}' must be ${what}`)
}

/** Names become file names: nothing that leads elsewhere. The core is stricter; what it lets through is read again here. */
export const name = text('a name', (word) => /^[^/\s.\p{Cc}][^/\p{Cc}]*$/u.test(word))
export const someText = text('text')
export const mac = text('a MAC address', (word) => parseMac(word) !== undefined)
export const ipv4 = text('an IPv4 address', (word) => parseIpv4(word) !== undefined)
export const ipv6 = text('an IPv6 address', (word) => parseIpv6(word) === word)
/** A word of QEMU's command line. */
export const machineType = text('the name of a machine of QEMU', (word) =>
  /^[a-z0-9][a-z0-9.-]*$/i.test(word),
)
