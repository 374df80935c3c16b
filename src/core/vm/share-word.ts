/** One share in a word, as `--share` takes it: `/srv/data`, `/srv/data:data,ro`, `/srv/data:/data`, `/srv/data:data,kind=9p,mapped`. */
import { WeftError } from '../errors.ts'
import type { ShareSpec } from './hardware-spec.ts'

type ShareWord = Omit<ShareSpec, 'tag' | 'slot' | 'kept'> & Partial<Pick<ShareSpec, 'tag'>>
type Said = Partial<Pick<ShareSpec, 'kind' | 'isReadOnly' | 'isMapped'>>

const OPTIONS: Readonly<Record<string, Said>> = {
  ro: { isReadOnly: true },
  mapped: { isMapped: true },
  'kind=virtiofs': { kind: 'virtiofs' },
  'kind=9p': { kind: '9p' },
}
const OPTION = /,(ro|mapped|kind=[^,]*)$/

/** Read from the end: a path may have commas and colons of its own. */
export function parseShareWord(word: string): ShareWord {
  let rest = word
  let said: Said = {}
  for (let match = OPTION.exec(rest); match !== null; match = OPTION.exec(rest)) {
    const [whole, option = ''] = match
    const known = OPTIONS[option]
    if (known === undefined) throw refusal(word, `has '${option}'`)
    if (Object.keys(known).some((key) => key in said)) throw refusal(word, `says '${option}' twice`)
    said = { ...known, ...said }
    rest = rest.slice(0, -whole.length)
  }
  if (/:(ro|rw)$/.test(rest)) throw refusal(word, `ends with '${rest.slice(-3)}'; read-only is ,ro`)
  const at = rest.lastIndexOf(':')
  const [path, target] = at < 0 ? [rest, undefined] : [rest.slice(0, at), rest.slice(at + 1)]
  if (!path.startsWith('/')) throw refusal(word, `does not begin with an absolute path`)
  if (target === '') throw refusal(word, 'ends with a colon')
  const { kind = 'virtiofs', ...more } = said
  const place = target === undefined ? {} : target.startsWith('/') ? { mountPoint: target } : { tag: target }
  return { path, kind, ...more, ...place }
}

/** With a tag each: the given one, else one made of the last part of the path, unlike all others. */
export function sharesFromWords(words: readonly string[], others: readonly ShareSpec[]): ShareSpec[] {
  const parsed = words.map(parseShareWord)
  const taken = new Set([...others, ...parsed].flatMap(({ tag }) => tag ?? []))
  return parsed.map((share) => {
    const tag = share.tag ?? freeTag(share, taken)
    taken.add(tag)
    return { ...share, tag }
  })
}

/** QEMU's limit for 9p; virtiofs has room for 36 bytes. */
const LONGEST = 31

/**
 * cloud-init drops a mount whose source is no block device, unless there is a colon in it: then it is taken for a server's, and put into
 * fstab as it is (cc_mounts.py).
 */
function freeTag({ path, mountPoint }: ShareWord, taken: ReadonlySet<string>): string {
  const prefix = mountPoint === undefined ? '' : 'weft:'
  const last =
    (mountPoint ?? path)
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? 'root'
  const base = `${prefix}${last.replace(/[^A-Za-z0-9._-]+/g, '-')}`.slice(0, LONGEST - 3)
  let tag = base
  for (let number = 2; taken.has(tag); number++) tag = `${base}-${String(number)}`
  return tag
}

function refusal(word: string, what: string): WeftError {
  return new WeftError('invalid-argument', `'${word}' is not a directory to share: it ${what}`, {
    hint: 'write /HOST/DIRECTORY:TAG or /HOST/DIRECTORY:/GUEST/DIRECTORY, with ,ro ,kind=virtiofs|9p ,mapped as needed',
  })
}
