/** The tree that snapshots make. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VM_GOLDEN_CASES } from './golden-cases.ts'
import {
  freeSnapshotName,
  refuseSnapshotName,
  withoutSnapshot,
  withSnapshot,
  writtenDisks,
  type Snapshot,
  type SnapshotTree,
} from './snapshot.ts'

const spec = VM_GOLDEN_CASES[0]!.wanted
const snapshot = (name: string, parent?: string): Snapshot => ({
  name,
  at: '2026-01-01T00:00:00.000Z',
  state: 'stopped',
  spec,
  disks: [],
  ...(parent === undefined ? {} : { parent }),
})
const tree: SnapshotTree = [snapshot('a'), snapshot('b', 'a'), snapshot('c', 'b')].reduce(withSnapshot, {
  name: 'web',
  snapshots: [],
})
const shape = ({ current, snapshots }: SnapshotTree): string =>
  `${snapshots.map(({ name, parent = '-' }) => `${name}<${parent}`).join(' ')} at ${current ?? '-'}`

test('the last one taken is where the disks go on from', () => {
  assert.equal(shape(tree), 'a<- b<a c<b at c')
})

test('what came after one that is deleted comes after the one before it', () => {
  const [a, b, c] = tree.snapshots as [Snapshot, Snapshot, Snapshot]
  assert.equal(shape(withoutSnapshot(tree, b)), 'a<- c<a at c')
  assert.equal(shape(withoutSnapshot(tree, c)), 'a<- b<a at b')
  assert.equal(shape(withoutSnapshot(tree, a)), 'b<- c<b at c')
  assert.equal(shape(withoutSnapshot(withSnapshot({ name: 'web', snapshots: [] }, a), a)), ' at -')
})

test('names are chosen, and refused where they lead elsewhere or are taken', () => {
  assert.equal(freeSnapshotName(withSnapshot(tree, snapshot('snap1'))), 'snap2')
  for (const name of ['', '../x', '-d', 'a b', 'a'.repeat(64)])
    assert.throws(
      () => {
        refuseSnapshotName(tree, name)
      },
      { code: 'invalid-argument' },
    )
  assert.throws(
    () => {
      refuseSnapshotName(tree, 'a')
    },
    { code: 'already-exists' },
  )
})

test('a raw disk is in the way only when it is written to', () => {
  const raw = { path: '/srv/a.raw', format: 'raw', bus: 'virtio' } as const
  const qcow2 = { path: '/srv/b.qcow2', format: 'qcow2', bus: 'virtio' } as const
  assert.deepEqual(writtenDisks({ ...spec, disks: [{ ...raw, isReadOnly: true }, qcow2] }), {
    disks: [{ path: '/srv/b.qcow2', id: 'disk1' }],
    problems: [],
  })
  assert.match(writtenDisks({ ...spec, disks: [raw] }).problems[0]?.message ?? '', /\/srv\/a\.raw' is a raw/)
})
