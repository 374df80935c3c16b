/** Whether a packet has what a rule asks for; where that hangs on what nobody knows, the answer says so. */
import type { Sight } from './fields.ts'
import { every, fits, not, some, type Answer, type Reading } from './patterns.ts'
import { elementsOf } from './read-key.ts'
import type { Element, Elements, Key, Operator, Right } from './rule.ts'
import type { NamedSet, Table } from './ruleset.ts'
import { tokensOf } from './tokens.ts'

/** An element that was found, with its set's name; `unknown` where there may be one. */
export interface Found {
  readonly answer: Answer
  readonly element?: Element
  readonly set?: string
}

export function matches(sight: Sight, table: Table, key: Key, operator: Operator, right: Right): Found {
  const readings = readingsOf(sight, key)
  // What a packet has not got is never compared, not even with what it should not be.
  if (readings.includes('absent')) return { answer: 'no' }
  if ('bits' in right) return { answer: matchesBits(readings[0] ?? 'unknown', operator, right) }
  if (operator === '' || operator === '!=' || operator === '!') {
    const found = search(sight, readings, table, right, key)
    return operator === '' ? found : { answer: not(found.answer) }
  }
  return { answer: compares(readings[0] ?? 'unknown', operator, right) }
}

export function lookUp(sight: Sight, table: Table, key: Key, elements: Elements): Found {
  const readings = readingsOf(sight, key)
  return readings.includes('absent') ? { answer: 'no' } : search(sight, readings, table, elements, key)
}

/** What a set keeps of the packet; undefined where the packet has not got all of it. */
export function valuesOf(sight: Sight, key: Key): readonly string[] | undefined {
  const readings = readingsOf(sight, key)
  return readings.includes('absent') ? undefined : readings.map(spell)
}

const spell = (reading: Reading): string =>
  typeof reading === 'string' ? reading : 'word' in reading ? reading.word : String(reading.number)

/** Of what rules have put there since the set was listed. */
function isRemembered({ packet }: Sight, table: Table, set: string, readings: readonly Reading[]): boolean {
  const text = readings.map(spell).join(' . ')
  return (packet.remembered ?? []).some(
    (each) =>
      each.table === `${table.family} ${table.name}` && each.set === set && each.values.join(' . ') === text,
  )
}

function readingsOf(sight: Sight, { fields, mask }: Key): Reading[] {
  return fields.map(({ read }) => {
    const reading = read(sight)
    if (mask === undefined || typeof reading === 'string' || 'word' in reading) return reading
    return { number: reading.number & mask, unsure: (reading.unsure ?? 0n) & mask }
  })
}

function search(
  sight: Sight,
  readings: readonly Reading[],
  table: Table,
  elements: Elements,
  key: Key,
): Found {
  if ('set' in elements && isRemembered(sight, table, elements.set, readings)) return { answer: 'yes' }
  const set = 'set' in elements ? table.sets.get(elements.set) : undefined
  if ('set' in elements && set === undefined) return { answer: 'unknown' }
  const all = 'elements' in elements ? elements.elements : elementsIn(set, key)
  let answer: Answer = 'no'
  for (const element of all) {
    const its = every(readings.map((reading, index) => fits(reading, element.patterns[index])))
    if (its === 'yes') return { answer: 'yes', element, ...('set' in elements ? { set: elements.set } : {}) }
    answer = some([answer, its])
  }
  return { answer }
}

/** Of each set's text: its elements, by the key that it was asked with. */
const known = new WeakMap<NamedSet, { readonly kinds: string; readonly elements: readonly Element[] }>()

/** What stands for all the others comes last. */
function elementsIn(set: NamedSet | undefined, key: Key): readonly Element[] {
  if (set === undefined) return []
  const kinds = key.fields.map(({ kind }) => kind).join('.')
  const before = known.get(set)
  if (before?.kinds === kinds) return before.elements
  const elements = elementsOf(tokensOf(set.elements), key).sort(
    (a, b) => Number(a.text.startsWith('*')) - Number(b.text.startsWith('*')),
  )
  known.set(set, { kinds, elements })
  return elements
}

function matchesBits(reading: Reading, operator: Operator, right: Extract<Right, { bits: bigint }>): Answer {
  if (typeof reading === 'string' || 'word' in reading) return 'unknown'
  const { number, unsure = 0n } = reading
  const { bits } = right
  if (operator === '!' || (operator === '' && right.isList)) {
    const any: Answer = (number & bits) !== 0n ? 'yes' : (unsure & bits) !== 0n ? 'unknown' : 'no'
    return operator === '!' ? not(any) : any
  }
  if (operator !== '' && operator !== '!=') return 'unknown'
  const differs = ((number ^ bits) & ~unsure) !== 0n
  const equal: Answer = differs ? 'no' : unsure === 0n ? 'yes' : 'unknown'
  return operator === '!=' ? not(equal) : equal
}

function compares(reading: Reading, operator: Operator, right: Elements): Answer {
  const pattern = 'elements' in right ? right.elements[0]?.patterns[0] : undefined
  if (typeof reading === 'string' || 'word' in reading || (reading.unsure ?? 0n) !== 0n) return 'unknown'
  if (pattern === undefined || !('low' in pattern)) return 'unknown'
  const { number } = reading
  const is = {
    '<': number < pattern.low,
    '<=': number <= pattern.low,
    '>': number > pattern.low,
    '>=': number >= pattern.low,
  }
  return operator in is ? (is[operator as keyof typeof is] ? 'yes' : 'no') : 'unknown'
}
