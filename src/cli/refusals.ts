/** What is said to words nobody knows: the nearest that somebody does. Loaded only when it is needed. */
import { closest } from '../api/closest.ts'
import { WeftError } from '../core/errors.ts'
import { COMMANDS, NOUNS, VIRSH_WORDS } from './command-table.ts'
import type { Declaration } from './declare.ts'

export function unknownWords(first: string, second: string | undefined): WeftError {
  const isNoun = Object.hasOwn(NOUNS, first)
  const typed = isNoun && second !== undefined ? `${first} ${second}` : first
  const known = isNoun
    ? Object.keys(COMMANDS).filter((words) => words.startsWith(`${first} `))
    : [...Object.keys(COMMANDS).map((words) => words.split(' ')[0] ?? ''), ...Object.keys(VIRSH_WORDS)]
  const visible = known.filter((words) => !words.startsWith('__'))
  const near = closest(typed, visible)
  return new WeftError('invalid-argument', `there is no command '${typed}'`, {
    hint: near === undefined ? `weft help${isNoun ? ` ${first}` : ''}` : `did you mean 'weft ${near}'?`,
  })
}

export function wrongFlag(declaration: Declaration, known: readonly string[], error: Error): WeftError {
  const flag = /Unknown option '--?([^']+)'/.exec(error.message)?.[1]
  if (flag === undefined) {
    // "Option '--size <value>' argument missing" and the like: parseArgs' own words, without its advice.
    const [sentence = ''] = error.message.split(/\.\s|\n/)
    const message = `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`
    return new WeftError('invalid-argument', message, { hint: `weft ${declaration.words} --help` })
  }
  const near = closest(flag, known)
  return new WeftError('invalid-argument', `'weft ${declaration.words}' has no flag '--${flag}'`, {
    hint: near === undefined ? `weft ${declaration.words} --help` : `did you mean '--${near}'?`,
  })
}

export function wrongChoice(name: string, value: string, choices: readonly string[]): WeftError {
  const near = closest(value, choices)
  return new WeftError('invalid-argument', `'${value}' is no value of --${name}`, {
    hint: near === undefined ? `one of ${choices.join(', ')}` : `did you mean '${near}'?`,
  })
}
