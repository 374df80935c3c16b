/** Values of flags: text → what the API takes, or a refusal that names the flag. */
import { resolve } from 'node:path'
import { parseDelay } from '../api/rate.ts'
import { parseMemory, parseSize } from '../core/size.ts'
import { WeftError } from '../core/errors.ts'

export function sizeOf(text: string, flag: string): number {
  const bytes = parseSize(text)
  if (bytes !== undefined && bytes > 0) return bytes
  throw new WeftError('invalid-argument', `'${text}' is no size for ${flag}`, {
    hint: `${flag} 10G (or M, T, or a number of bytes)`,
  })
}

/** A place in a file: 0 is one. */
export function placeOf(text: string, flag: string): number {
  const bytes = parseSize(text)
  if (bytes !== undefined) return bytes
  throw new WeftError('invalid-argument', `'${text}' is no place for ${flag}`, {
    hint: `${flag} 1M (or K, G, or a number of bytes)`,
  })
}

export function memoryOf(text: string, flag: string): number {
  const mebibytes = parseMemory(text)
  if (mebibytes !== undefined) return mebibytes
  throw new WeftError('invalid-argument', `'${text}' is no amount of memory for ${flag}`, {
    hint: `${flag} 2G (or 512M, or a number of MiB)`,
  })
}

export function countOf(text: string, flag: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new WeftError('invalid-argument', `'${text}' is no number for ${flag}`, {
    hint: flag.startsWith('--') ? `${flag} 2` : 'a whole number, 1 or more',
  })
}

/** How long a guest has for what it is asked, and whether it is forced then. */
export function patienceOf(flags: { readonly timeout: string | undefined; readonly force: boolean }): {
  readonly timeoutSeconds?: number
  readonly force?: boolean
} {
  const timeout = flags.timeout === undefined ? {} : { timeoutSeconds: secondsOf(flags.timeout, '--timeout') }
  return flags.force ? { ...timeout, force: true } : timeout
}

/** Milliseconds. */
export function delayOf(text: string, flag: string): number {
  const milliseconds = parseDelay(text)
  if (milliseconds !== undefined) return milliseconds
  throw new WeftError('invalid-argument', `'${text}' is no time for ${flag}`, {
    hint: `${flag} 10s (or 500ms)`,
  })
}

/** Whole seconds, also without the s; 1 at least. */
export function secondsOf(text: string, flag: string): number {
  const milliseconds = delayOf(/^\d+$/.test(text) ? `${text}s` : text, flag)
  return Math.max(1, Math.round(milliseconds / 1000))
}

/** Seconds unless it says otherwise; not more often than anybody can read. */
export function intervalOf(text: string): number {
  const milliseconds = delayOf(/^[\d.]+$/.test(text) ? `${text}s` : text, '--interval')
  if (milliseconds >= 100) return milliseconds
  throw new WeftError('invalid-argument', `'${text}' is too short for --interval`, {
    hint: '--interval 1s; 100ms is the least',
  })
}

/** weftd stands in another directory: paths go to it absolute. */
export function pathOf(text: string, flag: string): string {
  if (text !== '') return resolve(text)
  throw new WeftError('invalid-argument', `${flag} names no file`, { hint: `${flag} FILE` })
}

/** A name of the pool, or a path: whatever has a slash is a path. */
export const diskOf = (text: string): string => (text.includes('/') ? resolve(text) : text)

/** Only its beginning is a path of this host. */
export function shareOf(text: string): string {
  const [path = '', end = ''] = text.split(/([:,].*)/s)
  return `${pathOf(path, '--share')}${end}`
}

/** Leaves out what was not given: an absent field is not the same as an undefined one. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
