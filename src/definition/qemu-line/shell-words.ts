/** A shell script cut into commands and words as `sh` would: quotes, escapes, continued lines, variables that it sets itself, arrays of bash. */
import type { Problem } from '../../core/errors.ts'

export interface ShellWord {
  readonly text: string
  /** Where it begins, from 1. */
  readonly line: number
  readonly column: number
}

/** Words between two ends of a command, assignments in front and redirections included. */
export type ShellCommand = readonly ShellWord[]

export interface ShellText {
  readonly commands: readonly ShellCommand[]
  readonly problems: readonly Problem[]
}

/** What a shell knows before the first line: HOME, PWD. */
export type Variables = Readonly<Record<string, string>>

interface State {
  readonly text: string
  at: number
  readonly variables: Map<string, readonly string[]>
  /** Those of bash, whose elements have places of their own. */
  readonly arrays: Map<string, readonly ShellWord[]>
  readonly problems: Problem[]
}

const ENDS = '\n;&|()'

export function readShell(text: string, given: Variables = {}): ShellText {
  const variables = new Map(Object.entries(given).map(([name, value]) => [name, [value]] as const))
  const state: State = {
    text: text.replace(/\r\n/g, '\n'),
    at: 0,
    variables,
    arrays: new Map(),
    problems: [],
  }
  const commands: ShellCommand[] = []
  while (state.at < state.text.length) {
    const command = readCommand(state)
    if (command.length > 0) commands.push(command)
    state.at += 1
  }
  return { commands, problems: state.problems }
}

/** Up to the sign that ends it. Commands that only set variables are done here. */
function readCommand(state: State): ShellCommand {
  const words: ShellWord[] = []
  for (;;) {
    skipBlanks(state)
    const next = state.text[state.at]
    const before = state.text[state.at - 1] ?? ''
    // `2>&1` and `&>log` are no ends.
    const isRedirection = next === '&' && (before === '>' || state.text[state.at + 1] === '>')
    if (next === undefined || (ENDS.includes(next) && !isRedirection)) break
    if (readArray(state)) continue
    const isAssigning = words.every(({ text }) => ASSIGNMENT.test(text) || DECLARES.test(text))
    words.push(...(readElements(state) ?? readWord(state, isAssigning)))
  }
  const assigning = DECLARES.test(words[0]?.text ?? '') ? words.slice(1) : words
  const assignments = assigning.map(({ text }) => ASSIGNMENT.exec(text))
  if (assignments.length === 0 || assignments.includes(null)) return words
  for (const match of assignments) {
    const [, name = '', value = ''] = match ?? []
    state.variables.set(name, [value])
  }
  return []
}

const DECLARES = /^(export|readonly|local|declare)$/
export const ASSIGNMENT = /^([A-Za-z_]\w*)=([\s\S]*)$/

function skipBlanks(state: State): void {
  for (;;) {
    const rest = /^(?:[ \t]+|\\\n)/.exec(state.text.slice(state.at, state.at + 200))
    if (rest === null) break
    state.at += rest[0].length
  }
  if (state.text[state.at] !== '#') return
  const end = state.text.indexOf('\n', state.at)
  state.at = end < 0 ? state.text.length : end
}

/** `args=( -m 2G )` and `args+=( -snapshot )` of bash. */
function readArray(state: State): boolean {
  const [whole, name = '', plus] =
    /^([A-Za-z_]\w*)(\+?)=\(/.exec(state.text.slice(state.at, state.at + 80)) ?? []
  if (whole === undefined) return false
  state.at += whole.length
  const items: ShellWord[] = plus === '+' ? [...(state.arrays.get(name) ?? [])] : []
  for (;;) {
    skipBlanks(state)
    const next = state.text[state.at]
    if (next === undefined || next === ')') break
    if (next === '\n') state.at += 1
    else items.push(...(readElements(state) ?? readWord(state)))
  }
  state.at += 1
  state.arrays.set(name, items)
  const texts = items.map(({ text }) => text)
  state.variables.set(name, texts)
  return true
}

/** A word that is a whole array: its elements, where they were written. */
function readElements(state: State): readonly ShellWord[] | undefined {
  const rest = state.text.slice(state.at, state.at + 80)
  const [whole = '', , name = ''] = /^("?)\$\{(\w+)\[@\]\}\1(?=[\s;&|)]|$)/.exec(rest) ?? []
  const elements = state.arrays.get(name)
  if (elements !== undefined) state.at += whole.length
  return elements
}

function placeAt({ text }: State, at: number): { line: number; column: number } {
  const before = text.slice(0, at)
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') }
}

/** None for an empty variable, several for one with blanks in it that stands without quotes. */
function readWord(state: State, isAssigning = false): ShellWord[] {
  const place = placeAt(state, state.at)
  const pieces: (string | undefined)[] = []
  let word: string | undefined
  const add = (piece: string): void => void (word = (word ?? '') + piece)
  while (state.at < state.text.length) {
    const char = state.text[state.at] ?? ''
    if (char === '\\') {
      // A continued line joins what stands before and after.
      if (state.text[state.at + 1] !== '\n') add(state.text[state.at + 1] ?? '')
      state.at += 2
    } else if (char === "'") {
      const end = endOf(state, "'")
      add(state.text.slice(state.at + 1, end))
      state.at = end + 1
    } else if (char === '"') {
      const inner = readDoubleQuoted(state)
      // Each element of an array is a word of its own.
      inner.forEach((piece, i) => {
        if (i > 0) pieces.push(word)
        if (i > 0) word = undefined
        add(piece)
      })
    } else if (char === '$' || char === '`') {
      // The value of an assignment is one, whatever is in it.
      const isWhole = isAssigning && ASSIGNMENT.test(word ?? '')
      const found = readVariable(state)
      const values = isWhole ? [found.join(' ')] : found.flatMap((value) => value.split(/[ \t\n]+/))
      values.forEach((value, i) => {
        if (i > 0) pieces.push(word)
        if (i > 0) word = undefined
        if (value !== '') add(value)
      })
    } else if (char === '~' && isHome(state, word)) {
      state.at += 1
      add(state.variables.get('HOME')?.[0] ?? '~')
    } else if (isEnd(state, char, word)) {
      break
    } else {
      add(char)
      state.at += 1
    }
  }
  return [...pieces, word].flatMap((text) => (text === undefined ? [] : [{ text, ...place }]))
}

/** bash takes it for home after an equals sign, too. */
function isHome({ text, at }: State, word: string | undefined): boolean {
  const isAlone = /^~(?:\/|[\s,;]|$)/.test(text.slice(at, at + 2))
  return isAlone && (word === undefined || word.endsWith('='))
}

/** `>log`, `2>&1` and `<file` are words of their own. */
function isEnd({ text, at }: State, char: string, word: string | undefined): boolean {
  if (char === ' ' || char === '\t') return true
  if (char === '&') return !(text[at - 1] === '>' || text[at + 1] === '>')
  if (char === '|' && text[at - 1] === '>') return false
  if (ENDS.includes(char)) return true
  const isNew = (char === '>' || char === '<') && word !== undefined
  return isNew && !/^[\d&<>]*$/.test(word)
}

function endOf(state: State, quote: string): number {
  const end = state.text.indexOf(quote, state.at + 1)
  if (end >= 0) return end
  const message = `this ${quote} is never closed`
  state.problems.push({ path: 'command', message, ...placeAt(state, state.at) })
  return state.text.length
}

function readDoubleQuoted(state: State): string[] {
  const begin = state.at
  const values = ['']
  const add = (piece: string): void => {
    values.push((values.pop() ?? '') + piece)
  }
  state.at += 1
  for (;;) {
    const char = state.text[state.at]
    if (char === undefined) {
      state.problems.push({ path: 'command', message: 'this " is never closed', ...placeAt(state, begin) })
      return values
    }
    if (char === '"') break
    if (char === '\\') {
      const next = state.text[state.at + 1] ?? ''
      if (next !== '\n') add('"\\$`'.includes(next) ? next : `\\${next}`)
      state.at += 2
    } else if (char === '$' || char === '`') {
      const isArray = /^\$(?:@|\{@\}|\{\w+\[@\]\})/.test(state.text.slice(state.at, state.at + 80))
      const found = readVariable(state)
      if (!isArray) add(found.join(' '))
      else if (
        found.length === 0 &&
        values.length === 1 &&
        values[0] === '' &&
        state.text[state.at] === '"'
      ) {
        state.at += 1
        return []
      } else
        found.forEach((value, i) => {
          if (i === 0) add(value)
          else values.push(value)
        })
    } else {
      add(char)
      state.at += 1
    }
  }
  state.at += 1
  return values
}

const VARIABLE = /^\$(?:(\w+|[@*#?$!-])|\{(\w+|[@*])(?:\[[@*]\])?(?::?-([^}]*))?\})/

/** What the text does not say cannot be known: refused by its name. */
function readVariable(state: State): readonly string[] {
  const rest = state.text.slice(state.at, state.at + 400)
  const match = VARIABLE.exec(rest)
  if (match === null) return unreadable(state, rest)
  const [whole, bare, braced = '', fallback] = match
  const name = bare ?? braced
  const value = state.variables.get(name) ?? (fallback === undefined ? undefined : [fallback])
  // A script's own arguments are none here.
  const isArguments = name === '@' || name === '*'
  if (value === undefined && !isArguments) {
    const message = `nothing says what $${name} is`
    const hint = `write its value instead, or ${name}=... on a line of its own before`
    state.problems.push({ path: `$${name}`, message, hint, ...placeAt(state, state.at) })
  }
  state.at += whole.length
  return value ?? []
}

function unreadable(state: State, rest: string): readonly string[] {
  const [whole = rest.slice(0, 1)] = /^(?:\$\([^)]*\)|\$\{[^}]*\}|`[^`]*`)/.exec(rest) ?? []
  if (whole.length === 1 && whole === '$') {
    state.at += 1
    return ['$']
  }
  const message = `what '${whole}' comes to is not known here: weft runs nothing of a text that it reads`
  state.problems.push({
    path: whole,
    message,
    hint: 'write what it prints instead',
    ...placeAt(state, state.at),
  })
  state.at += whole.length
  return ['']
}
