/**
 * Shapes of JSON values: a shape is a JSON Schema object that also carries the TypeScript type it describes. From the one
 * description come the static type, the check at the door with every problem named, and the OpenAPI document.
 */

/** The part of JSON Schema weft's API needs. */
export interface Schema {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array' | 'null'
  /** Shapes with a title become components of the OpenAPI document. */
  readonly title?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: false
  readonly anyOf?: readonly Schema[]
}

declare const described: unique symbol
/** Invariant in T, so that a shape and the interface it describes can never drift apart. */
export type Shape<T> = Schema & { readonly [described]?: (value: T) => T }
export type StaticOf<S> = S extends Shape<infer T> ? T : never

/** `path` counts from the value checked: `disks[1]`, empty for the value itself. */
export interface ShapeProblem {
  readonly path: string
  readonly message: string
}

interface StringRules {
  readonly description?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
}
interface NumberRules {
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
}

export const string = (rules: StringRules = {}): Shape<string> => ({ type: 'string', ...rules })
export const integer = (rules: NumberRules = {}): Shape<number> => ({ type: 'integer', ...rules })
export const number = (rules: NumberRules = {}): Shape<number> => ({ type: 'number', ...rules })
export const boolean = (description?: string): Shape<boolean> =>
  description === undefined ? { type: 'boolean' } : { type: 'boolean', description }
export const oneOf = <const Words extends readonly string[]>(...words: Words): Shape<Words[number]> => ({
  type: 'string',
  enum: words,
})
export const array = <T>(items: Shape<T>): Shape<readonly T[]> => ({ type: 'array', items })
export const nullable = <T>(shape: Shape<T>): Shape<T | null> => ({ anyOf: [shape, { type: 'null' }] })
export const pair = <A, B>(first: Shape<A>, second: Shape<B>): Shape<readonly [A, B]> => ({
  type: 'array',
  prefixItems: [first, second],
})

/** A field that may be absent. */
export interface Optional<T> {
  readonly optional: Shape<T>
}
export const optional = <T>(shape: Shape<T>): Optional<T> => ({ optional: shape })

/** One entry a property of T: optional properties must be marked, none may be forgotten. */
export type Fields<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K> ? Optional<NonNullable<T[K]>> : Shape<T[K]>
}

/** An object with exactly these properties: an unknown one is a problem, so that a slip of the pen is never ignored. */
export function object<T extends object>(fields: Fields<T>, title?: string): Shape<T> {
  const entries = Object.entries(fields) as [string, Schema | Optional<unknown>][]
  return {
    type: 'object',
    ...(title === undefined ? {} : { title }),
    properties: Object.fromEntries(
      entries.map(([name, field]) => [name, 'optional' in field ? field.optional : field]),
    ),
    required: entries.flatMap(([name, field]) => ('optional' in field ? [] : [name])),
    additionalProperties: false,
  }
}
