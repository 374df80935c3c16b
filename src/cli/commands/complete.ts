/** weft __complete: what could come next, one word a line; shells ask this, with names of objects from weftd. */
import { call } from '../../api/client.ts'
import type { Connection } from '../../api/client.ts'
import { COMMANDS, NOUNS } from '../command-table.ts'
import { allFlags } from '../declare.ts'
import type { Completes, Declaration, FlagSpec } from '../declare.ts'

export const FILES = ':files'

const declaration = {
  words: '__complete',
  summary: 'what could come next, for shells',
  arguments: [],
  flags: {},
  examples: [
    ['weft __complete net st', 'start and stop'],
    ['weft __complete net start ""', 'the names of networks'],
  ],
  changes: false,
  hidden: true,
} as const satisfies Declaration

/** Takes its words as they are, flags of other commands included; main.ts hands them over unparsed. */
export const command = {
  declaration,
  run: () => Promise.resolve(undefined),
}

/** The last word is the one being typed, maybe empty. */
export async function completions(words: readonly string[], connection: Connection): Promise<string[]> {
  const typed = words.at(-1) ?? ''
  const before = withoutRoot(words.slice(0, -1))
  const [first, second] = before
  const found = COMMANDS[`${first ?? ''} ${second ?? ''}`] ?? COMMANDS[first ?? '']
  const candidates =
    found === undefined
      ? nextWords(before)
      : await within((await found()).command.declaration, before, typed, connection)
  return candidates.filter((word) => word === FILES || word.startsWith(typed))
}

/** `--root DIR` may stand anywhere and is no word of the command. */
function withoutRoot(words: readonly string[]): string[] {
  return words.filter(
    (word, index) => word !== '--root' && words[index - 1] !== '--root' && word !== '--sandbox',
  )
}

function nextWords(before: readonly string[]): string[] {
  const names = Object.keys(COMMANDS).filter((name) => !name.startsWith('__'))
  if (before.length === 0) return [...new Set(names.map((name) => name.split(' ')[0] ?? ''))]
  if (!Object.hasOwn(NOUNS, before[0] ?? '')) return []
  const begun = `${before.join(' ')} `
  const next = names.flatMap((name) =>
    name.startsWith(begun) ? [name.slice(begun.length).split(' ')[0] ?? ''] : [],
  )
  return [...new Set(next)]
}

async function within(
  of: Declaration,
  before: readonly string[],
  typed: string,
  connection: Connection,
): Promise<string[]> {
  const flags = allFlags(of)
  const given = before.slice(of.words.split(' ').length)
  const pending = flagOf(given.at(-1), flags)
  if (pending !== undefined && pending.kind !== 'switch') return valuesOf(pending, connection, given)
  if (typed.startsWith('-')) return Object.keys(flags).map((name) => `--${name}`)
  const positional = given.filter((word, index) => {
    const previous = flagOf(given[index - 1], flags)
    return !word.startsWith('-') && (previous === undefined || previous.kind === 'switch')
  })
  const argument = of.arguments[positional.length]
  return argument?.completes === undefined ? [] : namesOf(argument.completes, connection, positional)
}

const flagOf = (word: string | undefined, flags: Readonly<Record<string, FlagSpec>>): FlagSpec | undefined =>
  word?.startsWith('--') === true ? flags[word.slice(2)] : undefined

async function valuesOf(flag: FlagSpec, connection: Connection, given: readonly string[]): Promise<string[]> {
  if (flag.choices !== undefined) return [...flag.choices]
  return flag.completes === undefined ? [] : namesOf(flag.completes, connection, given)
}

/** Nothing when weftd does not answer: a shell must never be disturbed. */
async function namesOf(what: Completes, connection: Connection, given: readonly string[]): Promise<string[]> {
  try {
    return await askNames(what, connection, given[0] ?? '')
  } catch {
    return []
  }
}

async function askNames(what: Completes, connection: Connection, first: string): Promise<string[]> {
  switch (what) {
    case 'network':
      return (await call(connection, 'listNetworks', {})).map(({ name }) => name)
    case 'disk':
      return [...(await call(connection, 'listDisks', {})).map(({ name }) => name), FILES]
    case 'image':
      return (await call(connection, 'listImages', { query: { available: true } })).map(({ name }) => name)
    case 'pool':
      return (await call(connection, 'listPools', {})).map(({ name }) => name)
    case 'secret':
      return (await call(connection, 'listSecrets', {})).flatMap(({ uuid, id }) =>
        id === '' ? [uuid] : [uuid, id],
      )
    case 'vm':
      return (await call(connection, 'listVms', {})).map(({ name }) => name)
    case 'guest':
      return (await call(connection, 'listAllPorts', {})).map((port) => port.name ?? port.interface)
    case 'port':
      return (await call(connection, 'listPorts', { params: { name: first } })).map(
        (port) => port.name ?? port.interface,
      )
    case 'change':
      return (await call(connection, 'history', {})).map(({ number }) => String(number)).reverse()
    case 'command':
      return nextWords([])
    case 'file':
      return [FILES]
  }
}
