/** Which disks go with a machine. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeenImage } from './image-tree.ts'
import { disksThatGo } from './own-disks.ts'

const image = (name: string, more: Partial<SeenImage> = {}): SeenImage => ({
  name,
  pool: 'default',
  path: `/pool/${name}.qcow2`,
  format: 'qcow2',
  size: 1,
  used: 1,
  identity: `id-${name}`,
  ...more,
})
const onto = (base: string): Partial<SeenImage> => ({
  backing: `/pool/${base}.qcow2`,
  backingIdentity: `id-${base}`,
})
const fate = (
  disks: readonly { name: string; isReadOnly?: true }[],
  images: readonly SeenImage[],
  others: readonly (readonly [string, readonly string[]])[] = [],
): readonly string[] => {
  const named = disks.map(({ name, ...more }) => ({ path: `/pool/${name}.qcow2`, ...more }))
  const { going, staying } = disksThatGo(named, images, new Map(others))
  return [
    ...going.map(({ name }) => `${name} goes`),
    ...staying.map(({ path, because }) => `${path.replace(/^.*\/|\.qcow2$/g, '')} stays: ${because}`),
  ]
}

test('a disk of its own goes; the image it begins with stays, unnamed', () => {
  assert.deepEqual(fate([{ name: 'web' }], [image('web', onto('base')), image('base')]), ['web goes'])
})

test('what another machine names, only reads, or has in no pool stays', () => {
  const { format, size, used, identity } = image('far')
  const elsewhere = { path: '/pool/far.qcow2', format, size, used, identity }
  assert.deepEqual(
    fate(
      [{ name: 'shared' }, { name: 'read', isReadOnly: true }, { name: 'far' }, { name: 'gone' }],
      [image('shared'), image('read'), elsewhere],
      [['id-shared', ['db']]],
    ),
    [
      "shared stays: machine 'db' has it too",
      'read stays: the machine only reads it',
      'far stays: it lies in no pool',
      'gone stays: there is no such file',
    ],
  )
})

test('what others begin with stays, and with it whatever it begins with itself', () => {
  const images = [image('a'), image('b', onto('a')), image('c', onto('b'))]
  assert.deepEqual(fate([{ name: 'a' }, { name: 'b' }], images), [
    'a stays: b begins with it',
    'b stays: c begins with it',
  ])
  assert.deepEqual(fate([{ name: 'a' }, { name: 'b' }, { name: 'c' }], images), [
    'a goes',
    'b goes',
    'c goes',
  ])
})
