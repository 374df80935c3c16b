/** Shapes: what they accept, and how they name what is wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasShape, shapeProblems } from './check-shape.ts'
import { array, boolean, integer, nullable, object, oneOf, optional, pair, string } from './shape.ts'

interface Box {
  readonly name: string
  readonly size?: number
  readonly kind: 'small' | 'large'
  readonly tags: readonly string[]
  readonly lid: boolean | null
}
const box = object<Box>({
  name: string({ minLength: 1, maxLength: 5, pattern: '^[a-z]*$', description: 'small letters' }),
  size: optional(integer({ minimum: 1, maximum: 9 })),
  kind: oneOf('small', 'large'),
  tags: array(string()),
  lid: nullable(boolean()),
})
const good: Box = { name: 'a', kind: 'small', tags: [], lid: null }
const said = (value: unknown): string[] =>
  shapeProblems(box, value).map(({ path, message }) => `${path}: ${message}`)

test('a value of the shape has no problems, with and without what may be absent', () => {
  assert.deepEqual(said(good), [])
  assert.deepEqual(said({ ...good, size: 9, lid: true, tags: ['x'] }), [])
  assert.ok(hasShape(pair(string(), integer()), ['a', 1]))
})

test('every problem is named with its place, all at once', () => {
  assert.deepEqual(said({ name: '', size: 0.5, kind: 'smal', tags: ['a', 1], lid: 'no' }), [
    'name: must not be empty',
    'size: must be a whole number',
    "kind: must be one of small, large; not 'smal'",
    'tags[1]: must be text, not a number',
    'lid: must be true or false, not text',
  ])
})

test('missing and unknown fields are problems, a near miss with what was meant', () => {
  const nameless = { kind: good.kind, tags: good.tags, lid: good.lid }
  assert.deepEqual(said({ ...nameless, nmae: 'a', other: 1 }), [
    'name: is missing',
    "nmae: is not known here; did you mean 'name'?",
    'other: is not known here',
  ])
})

test('names that every object inherits are not fields', () => {
  assert.deepEqual(said({ ...good, constructor: 1 }), ['constructor: is not known here'])
  assert.deepEqual(
    said(JSON.parse('{"__proto__": {}, "name": "a", "kind": "small", "tags": [], "lid": null}')),
    ['__proto__: is not known here'],
  )
})

test('other kinds of value are told by their name', () => {
  for (const [value, name] of [
    [null, 'null'],
    [[], 'a list'],
    ['x', 'text'],
    [1, 'a number'],
    [undefined, 'nothing'],
  ] as const)
    assert.deepEqual(said(value), [`: must be an object, not ${name}`])
})

test('text is measured and matched', () => {
  assert.deepEqual(said({ ...good, name: 'ABC' }), ["name: must be small letters; not 'ABC'"])
  assert.deepEqual(said({ ...good, name: 'abcdef' }), ['name: must not be longer than 5 characters'])
  assert.deepEqual(said({ ...good, size: 10 }), ['size: must be at most 9'])
  assert.deepEqual(said({ ...good, size: Number.NaN }), ['size: must be a number, not NaN'])
})

test('a number that JSON cannot hold is not called a number', () => {
  assert.deepEqual(said({ ...good, size: JSON.parse('1e400') as number }), [
    'size: must be a number, not Infinity',
  ])
})
