/** One rule and one packet: whether it matches, how it ends, and what its statements make of the packet. */
import type { Sight } from './fields.ts'
import { lookUp, matches, valuesOf, type Found } from './match.ts'
import { translate } from './nat.ts'
import type { Answer } from './patterns.ts'
import { readRule } from './read-rule.ts'
import type { Ending, MarkChange, Statement } from './rule.ts'
import type { Packet, Rule, Table } from './ruleset.ts'

export interface Outcome {
  readonly answer: Answer
  /** Absent: the packet goes on to the next rule. */
  readonly ending?: Ending
  readonly isTranslation?: true
  readonly packet: Packet
  readonly elements: readonly string[]
}

/** How far the statements have come. */
interface State {
  packet: Packet
  isSure: boolean
  readonly elements: string[]
}

export function evaluate(rule: Rule, sight: Sight, table: Table): Outcome {
  const state: State = { packet: sight.packet, isSure: true, elements: [] }
  const outcome = (answer: Answer, more: Partial<Outcome> = {}): Outcome => ({
    answer,
    packet: state.packet,
    elements: state.elements,
    ...more,
  })
  for (const statement of readRule(rule.text)) {
    const now: Sight = { ...sight, packet: state.packet }
    const said = say(statement, now, table, state)
    if (said === 'no') return outcome('no')
    if (said === 'unknown') state.isSure = false
    else if (said !== 'yes') return outcome(state.isSure ? 'yes' : 'unknown', said)
  }
  return outcome(state.isSure ? 'yes' : 'unknown')
}

type Said = Answer | Pick<Outcome, 'ending' | 'isTranslation'>

function say(statement: Statement, sight: Sight, table: Table, state: State): Said {
  switch (statement.kind) {
    case 'match':
      return note(matches(sight, table, statement.key, statement.operator, statement.right), state)
    case 'vmap':
      return mapped(lookUp(sight, table, statement.key, statement.elements), state)
    case 'ending':
      return { ending: statement.ending }
    case 'nat':
      return translated(statement, sight, table, state)
    case 'mark':
      mark(statement.of, statement.change, state)
      return 'yes'
    case 'untrack':
      if (state.isSure && sight.priority < -200) state.packet = { ...state.packet, state: 'untracked' }
      return state.isSure ? 'yes' : { ending: { to: 'unknown' } }
    case 'update':
      return remember(statement, sight, table, state)
    case 'puzzle':
      return 'unknown'
  }
}

function remember(
  { set, key }: Extract<Statement, { kind: 'update' }>,
  sight: Sight,
  table: Table,
  state: State,
): Answer {
  const values = valuesOf(sight, key)
  if (values === undefined) return 'no'
  const kept = { table: `${table.family} ${table.name}`, set, values }
  if (state.isSure) state.packet = { ...state.packet, remembered: [...(state.packet.remembered ?? []), kept] }
  return 'yes'
}

function note({ answer, set, element }: Found, { elements }: State): Answer {
  if (answer === 'yes' && set !== undefined && element !== undefined) elements.push(`${set} ${element.text}`)
  return answer
}

function mapped(found: Found, state: State): Said {
  const answer = note(found, state)
  if (answer === 'no') return answer
  const [to = '', chain = ''] = found.element?.data ?? []
  if (answer === 'unknown') {
    state.isSure = false
    return { ending: { to: 'unknown' } }
  }
  if (to === 'jump' || to === 'goto') return { ending: { to, chain } }
  return { ending: isPlain(to) ? { to } : { to: 'unknown' } }
}

const isPlain = (word: string): word is 'accept' | 'drop' | 'return' | 'continue' =>
  ['accept', 'drop', 'return', 'continue'].includes(word)

function translated(
  statement: Extract<Statement, { kind: 'nat' }>,
  sight: Sight,
  table: Table,
  state: State,
): Said {
  const { packet, found } = translate(sight, table, statement)
  if (packet === sight.packet) return 'no'
  if (found !== undefined) note(found, state)
  if (packet === undefined) state.isSure = false
  else if (state.isSure) state.packet = packet
  return { isTranslation: true }
}

function mark(of: 'mark' | 'ctMark', change: MarkChange | undefined, state: State): void {
  const before = change === undefined ? undefined : state.packet[change.from]
  const isOpen =
    before === 'unknown' ||
    (change?.from === 'ctMark' && before === undefined && state.packet.state !== 'new')
  const value =
    change === undefined || !state.isSure || (isOpen && change.keep !== 0n)
      ? 'unknown'
      : Number((BigInt(before === 'unknown' ? 0 : (before ?? 0)) & change.keep) ^ change.flip)
  state.packet = { ...state.packet, [of]: value }
}
