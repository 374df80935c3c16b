/** What the firmware is told to say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSmbios, smbiosArgs } from './smbios.ts'

test('each part is one argument, in the words of QEMU', () => {
  assert.deepEqual(smbiosArgs(['system.serial=ds=nocloud', 'bios.vendor=A, B', 'system.sku=1']), [
    ...['-smbios', 'type=0,vendor=A,, B'],
    ...['-smbios', 'type=1,serial=ds=nocloud,sku=1'],
  ])
  assert.deepEqual(smbiosArgs(), [])
})

test('what names no entry, or says nothing, is none', () => {
  for (const word of [
    'system.colour=red',
    'system.serial=',
    'constructor.name=x',
    'system',
    'system.serial=a\nb',
  ])
    assert.equal(readSmbios(word), undefined, word)
})
