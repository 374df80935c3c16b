/** What is said to words nobody knows: the nearest that somebody does. Loaded only when it is needed. */
import { closest } from '../api/closest.ts'
import { WeftError } from '../core/errors.ts'
import { COMMANDS, NOUNS, VIRSH_WORDS } from './command-table.ts'
import type { Declaration } from './declare.ts'

/** What others call it: virsh, docker, ip. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
  network: 'net',
  machine: 'vm',
  domain: 'vm',
  vol: 'disk',
  volume: 'disk',
  box: 'sandbox',
  ls: 'list',
  info: 'show',
  dumpxml: 'show',
  rm: 'delete',
  remove: 'delete',
  destroy: 'stop',
  shutdown: 'stop',
  poweroff: 'kill',
  suspend: 'pause',
  unpause: 'resume',
  continue: 'resume',
  restart: 'reboot',
  run: 'start',
  boot: 'start',
  log: 'history',
}

export function unknownWords(first: string, second = '', third = ''): WeftError {
  const isNoun = Object.hasOwn(NOUNS, first)
  // 'host link' has verbs of its own.
  const hasParts = Object.keys(COMMANDS).some((words) => words.startsWith(`${first} ${second} `))
  const [nouns, verb] = hasParts ? [`${first} ${second}`, third] : [first, second]
  const typed = isNoun ? `${nouns} ${verb}`.trim() : first
  return new WeftError('invalid-argument', `there is no command '${typed}'`, {
    hint: isNoun ? suggestVerb(nouns, verb) : suggestFirst(first, second),
  })
}

const verbsOf = (nouns: string): string[] =>
  Object.keys(COMMANDS).flatMap((words) =>
    words.startsWith(`${nouns} `) ? [words.slice(nouns.length + 1)] : [],
  )

function suggestVerb(nouns: string, verb: string): string {
  const verbs = verbsOf(nouns)
  const near = nearest(
    verb,
    verbs.map((each) => each.split(' ')[0] ?? ''),
  )
  if (near === undefined) return `weft help ${nouns.split(' ')[0] ?? ''}`
  const whole = verbs.filter((each) => each === near || each.startsWith(`${near} `))
  return `did you mean ${whole.map((each) => `'weft ${nouns} ${each}'`).join(' or ')}?`
}

/** A noun, a command of one word, one of virsh's; or a verb without its noun. */
function suggestFirst(first: string, second: string): string {
  const firsts = Object.keys(COMMANDS).map((words) => words.split(' ')[0] ?? '')
  const near = nearest(first, [
    ...firsts.filter((word) => !word.startsWith('__')),
    ...Object.keys(VIRSH_WORDS),
  ])
  if (near !== undefined) {
    const whole = Object.hasOwn(COMMANDS, `${near} ${second}`) ? `${near} ${second}` : near
    return `did you mean 'weft ${whole}'?`
  }
  const verbOf = (words: string): string => words.split(' ').slice(1).at(-1) ?? ''
  const verb = nearest(
    first,
    Object.keys(COMMANDS)
      .map(verbOf)
      .filter((each) => each !== ''),
  )
  const whole = Object.keys(COMMANDS).filter((words) => verb !== undefined && verbOf(words) === verb)
  return verb === undefined ? 'weft help' : `say of what: ${whole.map((words) => `weft ${words}`).join(', ')}`
}

function nearest(word: string, known: readonly string[]): string | undefined {
  const singular = word.replace(/s$/, '')
  const meant = [word, singular].map((each) =>
    Object.hasOwn(ALSO_CALLED, each) ? ALSO_CALLED[each] : undefined,
  )
  const exact = [word, singular, ...meant].find((each) => each !== undefined && known.includes(each))
  return exact ?? closest(word, known)
}

export function wrongFlag(declaration: Declaration, known: readonly string[], error: Error): WeftError {
  const typed = /Unknown option '(--?[^']+)'/.exec(error.message)?.[1]
  const flag = typed?.replace(/^-+/, '')
  const bare = /^Option '(?:-\w, )?(--[^' ]+)[^']*' argument (?:is ambiguous|missing)/.exec(
    error.message,
  )?.[1]
  if (bare !== undefined)
    return new WeftError('invalid-argument', `${bare} needs a value after it`, {
      hint: `weft ${declaration.words} --help; a value that begins with a dash: ${bare}=-VALUE`,
    })
  if (flag === undefined) {
    // "Option '--size <value>' argument missing" and the like: parseArgs' own words, without its advice.
    const [sentence = ''] = error.message.split(/\.\s|\n/)
    const message = `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`
    return new WeftError('invalid-argument', message, { hint: `weft ${declaration.words} --help` })
  }
  if (declaration.words === 'vm create' && ['p', 'publish'].includes(flag))
    return new WeftError('unsupported', 'weft publishes no ports of guests on this host yet', {
      hint: "leave it out; this host reaches the guest at its address: weft vm show, 'weft ssh NAME'",
    })
  const near = closest(flag, known)
  return new WeftError('invalid-argument', `'weft ${declaration.words}' has no flag '${typed ?? ''}'`, {
    hint: near === undefined ? `weft ${declaration.words} --help` : `did you mean '--${near}'?`,
  })
}

export function wrongChoice(name: string, value: string, choices: readonly string[]): WeftError {
  const near = closest(value, choices)
  return new WeftError('invalid-argument', `'${value}' is no value of --${name}`, {
    hint: near === undefined ? `one of ${choices.join(', ')}` : `did you mean '${near}'?`,
  })
}
