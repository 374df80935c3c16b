/** argv → which command, with which arguments and flags; everything that is wrong with it becomes one clear refusal. */
import { WeftError } from '../core/errors.ts'
import { COMMANDS, NOUNS, VIRSH_WORDS } from './command-table.ts'
import { allFlags } from './declare.ts'
import type { Declaration, FlagSpec } from './declare.ts'

const { parseArgs } = process.getBuiltinModule('node:util')

export interface Words {
  /** A key of COMMANDS. */
  readonly command: string
  readonly rest: readonly string[]
}

/** Finds the command; flags may stand before its words. */
export async function findCommand(argv: readonly string[]): Promise<Words> {
  const { before, words } = leadingFlags(argv)
  const [first, second, third] = words
  if (first === undefined) return { command: 'help', rest: before }
  const virsh = Object.hasOwn(VIRSH_WORDS, first) ? VIRSH_WORDS[first] : undefined
  if (virsh !== undefined) return findCommand([...virsh, ...before, ...words.slice(1)])
  for (const length of [3, 2, 1]) {
    const command = words.slice(0, length).join(' ')
    if (Object.hasOwn(COMMANDS, command)) return { command, rest: [...before, ...words.slice(length)] }
  }
  if (Object.hasOwn(NOUNS, first) && (second === undefined || second === '--help' || second === '-h'))
    return { command: 'help', rest: [first] }
  const { unknownWords } = await import('./refusals.ts')
  throw unknownWords(first, second, third)
}

/** Flags in front of the words: `weft --root DIR net list`. */
function leadingFlags(argv: readonly string[]): { before: string[]; words: readonly string[] } {
  const before: string[] = []
  let index = 0
  for (let word = argv[index]; word?.startsWith('-') === true; word = argv[index]) {
    const takesValue = word === '--root'
    before.push(...argv.slice(index, index + (takesValue ? 2 : 1)))
    index += takesValue ? 2 : 1
  }
  return { before, words: argv.slice(index) }
}

export interface Given {
  readonly arguments: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

export async function parseWords(declaration: Declaration, rest: readonly string[]): Promise<Given> {
  const flags = allFlags(declaration)
  const { values, positionals } = await parseStrictly(declaration, flags, rest)
  const given = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      values[name] ?? (flag.kind === 'switch' ? false : flag.kind === 'list' ? [] : undefined),
    ]),
  ) as Given['flags']
  for (const [name, flag] of Object.entries(flags)) await checkChoice(name, flag, given[name])
  const isHelp = given['help'] === true
  return { arguments: isHelp ? {} : takeArguments(declaration, positionals), flags: given }
}

interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  readonly positionals: readonly string[]
}

async function parseStrictly(
  declaration: Declaration,
  flags: Readonly<Record<string, FlagSpec>>,
  rest: readonly string[],
): Promise<Parsed> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      {
        type: flag.kind === 'switch' ? ('boolean' as const) : ('string' as const),
        multiple: flag.kind === 'list',
        ...(flag.short === undefined ? {} : { short: flag.short }),
      },
    ]),
  )
  try {
    return parseArgs({ args: [...rest], options, allowPositionals: true, strict: true }) as Parsed
  } catch (error) {
    const { wrongFlag } = await import('./refusals.ts')
    throw wrongFlag(declaration, Object.keys(flags), error as Error)
  }
}

async function checkChoice(name: string, flag: FlagSpec, value: Given['flags'][string]): Promise<void> {
  if (flag.choices === undefined || typeof value !== 'string' || flag.choices.includes(value)) return
  const { wrongChoice } = await import('./refusals.ts')
  throw wrongChoice(name, value, flag.choices)
}

/** An empty word, as from a variable that was not set, names nothing. */
const isMissing = (word: string | undefined): boolean => word === undefined || word === ''

function takeArguments(
  { words, arguments: wanted }: Declaration,
  given: readonly string[],
): Given['arguments'] {
  const hint = `weft ${words} --help`
  const missing = wanted.find((each, index) => each.optional !== true && isMissing(given[index]))
  if (missing !== undefined)
    throw new WeftError('invalid-argument', `'weft ${words}' needs ${missing.name}: ${missing.summary}`, {
      hint,
    })
  const takesRest = wanted.at(-1)?.rest === true
  const extra = given[wanted.length]
  if (extra !== undefined && !takesRest)
    throw new WeftError('invalid-argument', `'weft ${words}' does not know what to do with '${extra}'`, {
      hint,
    })
  return Object.fromEntries(
    wanted.map(({ name, rest }, index) => [name, rest === true ? given.slice(index) : given[index]]),
  )
}
