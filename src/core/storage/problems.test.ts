/** What is refused about a disk, and what the refusal says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskProblems, type DiskSurroundings } from './problems.ts'
import type { DiskDraft } from './disk.ts'

function problemsOf(draft: Partial<DiskDraft>, around: Partial<DiskSurroundings> = {}): string[] {
  const problems = diskProblems(
    { name: 'web', size: 2 ** 30, ...draft },
    {
      names: [],
      poolDirectory: '/var/lib/weft/disks',
      backing: undefined,
      qemuUser: 'weft-qemu',
      ...around,
    },
  )
  return problems.map(({ path, message }) => `${path}: ${message}`)
}

test('a name and a size are enough', () => {
  assert.deepEqual(problemsOf({}), [])
})

test('a name is taken whatever the format and the pool of the disk that has it', () => {
  assert.deepEqual(problemsOf({}, { names: ['web'] }), ["name: disk 'web' exists already"])
})

test('names that would leave the pool are refused', () => {
  for (const name of ['../web', '', 'a/b', '.hidden', '-rf'])
    assert.equal(problemsOf({ name }).length, 1, name)
})

test('impossible sizes are refused', () => {
  for (const size of [0, 511, 1000, -512, 2 ** 51, Number.NaN]) assert.equal(problemsOf({ size }).length, 1)
})

test('a backing file must be there, readable, absolute, and no larger than the disk', () => {
  const backing = { qemuMayRead: true, isDirectory: false, size: 2 ** 20 }
  assert.deepEqual(problemsOf({ backing: '/b.img' }, { backing }), [])
  assert.match(problemsOf({ backing: '/b.img' })[0]!, /there is no file/)
  assert.match(problemsOf({ backing: 'b.img' })[0]!, /not an absolute path/)
  assert.match(problemsOf({ backing: '/b.img', format: 'raw' }, { backing })[0]!, /raw disk cannot/)
  assert.match(problemsOf({ backing: '/b.img', size: 512 }, { backing })[0]!, /smaller than its backing/)
  const closed = { ...backing, qemuMayRead: false }
  assert.match(problemsOf({ backing: '/b.img' }, { backing: closed })[0]!, /'weft-qemu'.*may not read/)
})
