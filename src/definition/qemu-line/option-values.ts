/** What stands in one option of QEMU: `file=a.img,if=virtio`, or JSON; every key is taken by somebody, or refused by name. */
import type { Problem } from '../../core/errors.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { ShellWord } from './shell-words.ts'

export interface OptionValues {
  readonly word: ShellWord
  /** The first value of a key; undefined where it is not there. */
  readonly take: (...names: readonly string[]) => string | undefined
  readonly takeAll: (name: string) => readonly string[]
  /** `on`, `off` and their kin. */
  readonly takeFlag: (...names: readonly string[]) => boolean | undefined
  /** Keys that make no difference here. */
  readonly drop: (names: RegExp) => void
  /** What nobody has taken, each a problem. `what` is what it is a key of: `-drive`. */
  readonly rest: (what: string) => Problem[]
}

interface Entry {
  readonly key: string
  readonly value: string
}

/** `implied` is the key of a first value without one. */
export function readValues(word: ShellWord, implied?: string): OptionValues {
  let entries = word.text.startsWith('{') ? jsonEntries(word.text) : wordEntries(word.text, implied)
  const asked = new Set<string>()
  const takeAll = (name: string): readonly string[] => {
    asked.add(name)
    const found = entries.filter(({ key }) => key === name)
    entries = entries.filter(({ key }) => key !== name)
    return found.map(({ value }) => value)
  }
  // The last one counts, as with QEMU.
  const take = (...names: readonly string[]): string | undefined => names.flatMap(takeAll).at(-1)
  return {
    word,
    take,
    takeAll,
    takeFlag: (...names) => {
      const value = take(...names)
      return value === undefined ? undefined : !['off', 'no', 'false', 'n'].includes(value)
    },
    drop: (names) => {
      entries = entries.filter(({ key }) => !names.test(key))
    },
    rest: (what) =>
      entries.map(({ key, value }) => {
        const meant = didYouMean(key, [...asked])
        return {
          path: key,
          message: `weft makes nothing of '${key}${value === '' ? '' : `=${value}`}' of ${what}`,
          hint: meant === undefined ? 'leave it out to do without' : `did you mean '${meant}'?`,
          line: word.line,
          column: word.column,
        }
      }),
  }
}

/** A comma in a value is doubled. */
function wordEntries(text: string, implied: string | undefined): Entry[] {
  if (text === '') return []
  return splitAtCommas(text).map((piece, index) => {
    const at = piece.indexOf('=')
    if (at >= 0) return { key: piece.slice(0, at), value: piece.slice(at + 1) }
    if (index === 0 && implied !== undefined) return { key: implied, value: piece }
    // `readonly` is `readonly=on`, and `nowait` is `wait=off`.
    const isNegated = piece.startsWith('no') && NEGATED.has(piece.slice(2))
    return isNegated ? { key: piece.slice(2), value: 'off' } : { key: piece, value: 'on' }
  })
}

const NEGATED = new Set(['wait', 'delay'])

function splitAtCommas(text: string): string[] {
  const pieces = ['']
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? ''
    if (char === ',' && text[i + 1] !== ',') {
      pieces.push('')
      continue
    }
    if (char === ',') i += 1
    pieces.push((pieces.pop() ?? '') + char)
  }
  return pieces
}

/** `{"driver":"qcow2","file":{"filename":"a"}}` → driver, file.filename. */
function jsonEntries(text: string): Entry[] {
  const flat = (value: unknown, key: string): Entry[] => {
    if (typeof value !== 'object' || value === null) return [{ key, value: scalar(value) }]
    return Object.entries(value).flatMap(([name, inner]) => flat(inner, key === '' ? name : `${key}.${name}`))
  }
  try {
    return flat(JSON.parse(text), '')
  } catch {
    return [{ key: text, value: '' }]
  }
}

function scalar(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return String(value)
}
