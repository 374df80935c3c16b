/** Processors in libvirt's lists. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatCpuList, readCpuList } from './cpu-list.ts'

test('a list is read with its ranges and exceptions, and written in its shortest form', () => {
  assert.deepEqual(readCpuList('0-3,^2,7'), [0, 1, 3, 7])
  assert.equal(formatCpuList([3, 7, 1, 0]), '0-1,3,7')
  assert.equal(formatCpuList([]), '')
})

test('what is no list is refused', () => {
  for (const text of ['', 'a', '3-1', '1,', '0-99999999']) assert.throws(() => readCpuList(text), /bitmap/)
})
