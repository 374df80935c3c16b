/** Keys as QEMU numbers them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOfLinux, keyOfXt } from './key-codes.ts'

test("Linux's numbers are a PC's, but for those of its second half", () => {
  // A, Enter, F12; right Alt, up, delete, the left key with a window.
  assert.deepEqual([30, 28, 88].map(keyOfLinux), [0x1e, 0x1c, 0x58])
  assert.deepEqual([100, 103, 111, 125].map(keyOfLinux), [0xb8, 0xc8, 0xd3, 0xdb])
  assert.deepEqual([0, 84, 85, 256].map(keyOfLinux), [undefined, undefined, undefined, undefined])
})

test('keys as the keyboard sends them have 0xe0 in front where they are of the second half', () => {
  assert.deepEqual([0x1e, 0xe038, 0xe0b8, 0].map(keyOfXt), [0x1e, 0xb8, undefined, undefined])
})
