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

export function unknownWords(first: string, second = ''): WeftError {
  const isNoun = Object.hasOwn(NOUNS, first)
  const typed = isNoun ? `${first} ${second}` : first
  return new WeftError('invalid-argument', `there is no command '${typed}'`, {
    hint: isNoun ? suggestVerb(first, second) : suggestFirst(first, second),
  })
}

function suggestVerb(noun: string, verb: string): string {
  const verbs = Object.keys(COMMANDS).flatMap((words) => {
    const [first, second] = words.split(' ')
    return first === noun && second !== undefined ? [second] : []
  })
  const near = nearest(verb, verbs)
  return near === undefined ? `weft help ${noun}` : `did you mean 'weft ${noun} ${near}'?`
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
  const verbs = Object.keys(COMMANDS).flatMap((words) => words.split(' ')[1] ?? [])
  const verb = nearest(first, verbs)
  const whole = Object.keys(COMMANDS).filter((words) => words.split(' ')[1] === verb)
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
