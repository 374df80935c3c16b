/** Adding to a list, changing one of it and taking one out, as virNetworkUpdate does it. */
import { WeftError } from '../../errors.ts'
import type { NetworkUpdate, UpdateCommand } from './sections.ts'

/** How entries of one kind are told apart. `Pattern` is an entry of which only some may be given. */
export interface ListRules<Entry, Pattern> {
  /** `reservation`: fits after "no" and "a". */
  readonly what: string
  /** Two that cannot both be there. */
  readonly clashes: (entry: Entry, there: Entry) => boolean
  /** What modify is about, from the surest sign to the weakest. */
  readonly finds: readonly ((pattern: Pattern, there: Entry) => boolean)[]
  /** What delete takes out: all that is given is the same. */
  readonly matches: (pattern: Pattern, there: Entry) => boolean
  readonly text: (pattern: Pattern) => string
}

export interface ListChange<Entry, Pattern> {
  readonly network: string
  readonly command: UpdateCommand
  readonly pattern: Pattern
  /** The whole entry, on top of what was there where only some of it changes; throws when something is missing. */
  readonly complete: (before: Entry | undefined) => Entry
}

/** Throws 'already-exists' or 'not-found'. */
export function changeList<Entry, Pattern>(
  list: readonly Entry[],
  change: ListChange<Entry, Pattern>,
  rules: ListRules<Entry, Pattern>,
): readonly Entry[] {
  const { command, pattern, complete } = change
  if (command === 'delete') {
    const left = list.filter((each) => !rules.matches(pattern, each))
    if (left.length === list.length) throw notFound(change, rules)
    return left
  }
  if (command === 'modify') {
    const there = rules.finds.map((isIt) => list.find((each) => isIt(pattern, each))).find((each) => each)
    if (there === undefined) throw notFound(change, rules)
    return list.map((each) => (each === there ? complete(there) : each))
  }
  const entry = complete(undefined)
  if (list.some((each) => rules.clashes(entry, each))) throw alreadyThere(change, rules)
  return command === 'add-first' ? [entry, ...list] : [...list, entry]
}

function notFound<Entry, Pattern>(
  { network, pattern }: ListChange<Entry, Pattern>,
  { what, text }: ListRules<Entry, Pattern>,
): WeftError {
  return new WeftError('not-found', `network '${network}' has no ${what} ${text(pattern)}`, {
    hint: `weft net show ${network} --xml`,
  })
}

function alreadyThere<Entry, Pattern>(
  { network, pattern }: ListChange<Entry, Pattern>,
  { what, text }: ListRules<Entry, Pattern>,
): WeftError {
  return new WeftError(
    'already-exists',
    `network '${network}' has a ${what} already that ${text(pattern)} would clash with`,
    { hint: `change it with modify, or look at what is there: weft net show ${network} --xml` },
  )
}

/** The entry does not say enough. */
export function incomplete({ section }: Pick<NetworkUpdate, 'section'>, needs: string): WeftError {
  return new WeftError('invalid-argument', `the entry does not say enough: ${needs}`, {
    hint: `weft net update --help; section ${section}`,
  })
}

/** What is there only once: added where it is absent, changed, or taken away. */
export function changeOne<T>(
  network: string,
  { command, section }: Pick<NetworkUpdate, 'command' | 'section'>,
  before: T | undefined,
  after: T,
): T | undefined {
  const hint = `weft net show ${network} --xml`
  if (command === 'delete') {
    if (before !== undefined) return undefined
    throw new WeftError('not-found', `network '${network}' has no ${section}`, { hint })
  }
  if (command === 'modify' || before === undefined) return after
  throw new WeftError('already-exists', `network '${network}' has a ${section} already`, {
    hint: `change it with: weft net update ${network} modify ${section} ...`,
  })
}

/** Whether everything that is given is the same there. */
export function isWithin(pattern: object, there: object): boolean {
  const values = there as Readonly<Record<string, unknown>>
  return Object.entries(pattern).every(([key, value]) => same(value, values[key]))
}

function same(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one.toLowerCase() === other.toLowerCase()
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Both have it, and it is the same. */
export function sharesWord<Key extends string>(
  key: Key,
): (one: Readonly<Partial<Record<Key, string>>>, other: Readonly<Partial<Record<Key, string>>>) => boolean {
  return (one, other) => one[key] !== undefined && same(one[key], other[key])
}

/** `mac=52:54:00:00:00:07 name=web`: as it would be typed. */
export function wordsOf(pattern: object): string {
  return Object.entries(pattern)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ')
}
