/** Checks a JSON value against its shape and names every problem at once. */
import { closest } from './closest.ts'
import type { Schema, Shape, ShapeProblem } from './shape.ts'

/** Empty when the value has the shape. */
export function shapeProblems(schema: Schema, value: unknown, path = ''): ShapeProblem[] {
  if (schema.anyOf !== undefined) return anyOfProblems(schema.anyOf, value, path)
  if (schema.type === 'array') return arrayProblems(schema, value, path)
  if (schema.type === 'object') return objectProblems(schema, value, path)
  const message = scalarProblem(schema, value)
  return message === undefined ? [] : [{ path, message }]
}

export function hasShape<T>(shape: Shape<T>, value: unknown): value is T {
  return shapeProblems(shape, value).length === 0
}

/** The problems with the branch of the value's own type: more use than "matches none of these". */
function anyOfProblems(branches: readonly Schema[], value: unknown, path: string): ShapeProblem[] {
  const found = branches.map((branch) => shapeProblems(branch, value, path))
  return found.some((problems) => problems.length === 0) ? [] : (found[0] ?? [])
}

function arrayProblems(schema: Schema, value: unknown, path: string): ShapeProblem[] {
  if (!Array.isArray(value)) return [{ path, message: `must be a list, not ${nameOfType(value)}` }]
  const { items, prefixItems } = schema
  if (prefixItems !== undefined && value.length !== prefixItems.length)
    return [{ path, message: `must have ${String(prefixItems.length)} entries` }]
  return value.flatMap((entry: unknown, index) => {
    const entrySchema = prefixItems?.[index] ?? items
    return entrySchema === undefined ? [] : shapeProblems(entrySchema, entry, `${path}[${String(index)}]`)
  })
}

function objectProblems(schema: Schema, value: unknown, path: string): ShapeProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ path, message: `must be an object, not ${nameOfType(value)}` }]
  const properties = schema.properties ?? {}
  const names = Object.keys(properties)
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const entries = Object.entries(value)
  return [
    ...(schema.required ?? [])
      .filter((name) => !Object.hasOwn(value, name))
      .map((name) => ({ path: at(name), message: 'is missing' })),
    ...entries.flatMap(([name, field]: [string, unknown]) => {
      const fieldSchema = Object.hasOwn(properties, name) ? properties[name] : undefined
      return fieldSchema === undefined
        ? [{ path: at(name), message: unknownName(name, names) }]
        : shapeProblems(fieldSchema, field, at(name))
    }),
  ]
}

function unknownName(name: string, known: readonly string[]): string {
  const near = closest(name, known)
  return near === undefined ? 'is not known here' : `is not known here; did you mean '${near}'?`
}

function scalarProblem(schema: Schema, value: unknown): string | undefined {
  switch (schema.type) {
    case 'string':
      return typeof value === 'string'
        ? stringProblem(schema, value)
        : `must be text, not ${nameOfType(value)}`
    case 'integer':
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
        ? numberProblem(schema, value)
        : `must be a number, not ${nameOfType(value)}`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `must be true or false, not ${nameOfType(value)}`
    case 'null':
      return value === null ? undefined : `must be null, not ${nameOfType(value)}`
    case 'array':
    case 'object':
    case undefined:
      break
  }
  return undefined
}

function stringProblem(schema: Schema, value: string): string | undefined {
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return `must be one of ${schema.enum.join(', ')}; not '${shortened(value)}'`
  if (value.length < (schema.minLength ?? 0)) return 'must not be empty'
  if (value.length > (schema.maxLength ?? Infinity))
    return `must not be longer than ${String(schema.maxLength)} characters`
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
    return schema.description === undefined
      ? `must match ${schema.pattern}; not '${shortened(value)}'`
      : `must be ${schema.description}; not '${shortened(value)}'`
  return undefined
}

function numberProblem(schema: Schema, value: number): string | undefined {
  if (schema.type === 'integer' && !Number.isSafeInteger(value)) return 'must be a whole number'
  if (schema.minimum !== undefined && value < schema.minimum)
    return `must be at least ${String(schema.minimum)}`
  if (schema.maximum !== undefined && value > schema.maximum)
    return `must be at most ${String(schema.maximum)}`
  return undefined
}

function nameOfType(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
