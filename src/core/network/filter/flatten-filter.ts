/** A filter with all that it includes, as single rules whose variables have their values. */
import { WeftError } from '../../errors.ts'
import { fieldsOf } from './filter-fields.ts'
import {
  isInclude,
  type FilterParameter,
  type FilterRule,
  type FilterSpec,
  type PortFilter,
} from './filter-spec.ts'
import { KINDS, VARIABLE } from './filter-values.ts'

/** One rule, ready to be translated. */
export interface FlatRule extends Omit<FilterRule, 'fields' | 'direction'> {
  readonly direction: FilterRule['direction']
  /** The filter it is from. */
  readonly filter: string
  readonly chain: string
  readonly chainPriority: number
  readonly fields: ReadonlyMap<string, FlatField>
}

export interface FlatField {
  readonly value: string
  readonly isNot: boolean
}

type Values = ReadonlyMap<string, readonly string[]>

/** In the order of the text. Throws what is missing: a filter, a variable. */
export function flattenFilter({ name, variables, filters }: PortFilter): FlatRule[] {
  const known = new Map(filters.map((filter) => [filter.name, filter]))
  const flat = (wanted: string, values: Values, around: readonly string[]): FlatRule[] => {
    const filter = known.get(wanted)
    if (filter === undefined) throw missingFilter(wanted)
    if (around.includes(wanted)) throw loop(wanted)
    return filter.entries.flatMap((entry) =>
      isInclude(entry)
        ? flat(entry.filter, new Map([...valuesOf(entry.parameters ?? []), ...values]), [...around, wanted])
        : combinations(entry, values).map((choice) => flatRule(filter, entry, choice)),
    )
  }
  return flat(name, valuesOf(variables), [])
}

const missingFilter = (name: string): WeftError =>
  new WeftError('not-found', `referenced filter '${name}' is missing`, { hint: 'virsh nwfilter-list' })

const loop = (name: string): WeftError => new WeftError('conflict', `filter '${name}' leads to itself`)

function valuesOf(parameters: readonly FilterParameter[]): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const { name, value } of parameters) values.set(name, [...(values.get(name) ?? []), value])
  return values
}

/** The value of each variable as it stands in the rule, by its spelling. */
type Choice = ReadonlyMap<string, string>

/** Variables with the same turn go through their lists side by side; each other turn once for each value. */
function combinations({ fields = [] }: FilterRule, values: Values): Choice[] {
  const turns = new Map<string, Map<string, readonly string[]>>()
  for (const { value } of fields) {
    const [, name, at, position] = VARIABLE.exec(value) ?? []
    if (name === undefined) continue
    const list = values.get(name) ?? []
    const isOne = position !== undefined && at === ''
    const chosen = isOne ? list.slice(Number(position), Number(position) + 1) : list
    if (chosen.length === 0) throw unresolvable(value)
    const turn = isOne ? value : `@${position ?? '0'}`
    turns.set(turn, new Map([...(turns.get(turn) ?? []), [value, chosen]]))
  }
  let choices: Choice[] = [new Map()]
  for (const lists of turns.values()) {
    const lengths = new Set([...lists.values()].map((list) => list.length))
    if (lengths.size > 1) throw new WeftError('invalid-argument', UNEVEN)
    const [length = 0] = lengths
    const rounds = Array.from({ length }, (_, i) =>
      [...lists].map(([said, list]) => [said, list[i] ?? ''] as const),
    )
    choices = choices.flatMap((choice) => rounds.map((round) => new Map([...choice, ...round])))
  }
  return choices
}

const UNEVEN = 'Cardinality of list items must be the same for processing them in parallel'

const unresolvable = (variable: string): WeftError =>
  new WeftError(
    'invalid-argument',
    `Cannot instantiate filter due to unresolvable variables or unavailable list elements: ${variable.slice(1)}`,
    { hint: `<parameter name='${VARIABLE.exec(variable)?.[1] ?? ''}' value='...'/> in its <filterref>` },
  )

function flatRule(filter: FilterSpec, rule: FilterRule, choice: Choice): FlatRule {
  const { fields = [], protocol = '', ...rest } = rule
  const kinds = fieldsOf(protocol) ?? {}
  return {
    ...rest,
    ...(rule.protocol === undefined ? {} : { protocol }),
    filter: filter.name,
    chain: filter.chain,
    chainPriority: filter.priority,
    fields: new Map(
      fields.map(({ name, value, isNot = false }) => {
        const chosen = choice.get(value)
        if (chosen === undefined) return [name, { value, isNot }]
        const read = KINDS[kinds[name] ?? 'text'](chosen)
        if (read === undefined)
          throw new WeftError('invalid-argument', `${name} has illegal value ${chosen} (${value.slice(1)})`)
        return [name, { value: read, isNot }]
      }),
    ),
  }
}
