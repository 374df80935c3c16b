/** Disks in a word. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCdWord, parseDiskWord } from './disk-word.ts'

test('a name or a path, and what the disk is like', () => {
  assert.deepEqual(parseDiskWord('web'), { image: 'web' })
  const word = 'web,bus=scsi,ro,iops=500,bps=20M,format=raw,serial=WD 7,boot=2'
  const like = { bus: 'scsi', isReadOnly: true, iops: 500, bps: 20 * 2 ** 20, format: 'raw' }
  assert.deepEqual(parseDiskWord(word), { image: 'web', ...like, serial: 'WD 7', bootOrder: 2 })
})

test('a path keeps commas that are its own', () => {
  assert.deepEqual(parseDiskWord('/srv/a,b.img,ro'), { image: '/srv/a,b.img', isReadOnly: true })
  assert.deepEqual(parseDiskWord('/srv/a,b.img'), { image: '/srv/a,b.img' })
})

test('what cannot be is refused', () => {
  for (const word of [
    'web,bus=fdc',
    'web,boot=0',
    'web,serial=',
    'web,iops=0',
    'web,bps=fast',
    'web,ro,ro',
    ',ro',
    '',
    'web,format=vmdk',
  ])
    assert.throws(() => parseDiskWord(word), { code: 'invalid-argument' }, word)
})

test('a CD is a path, and its place in the boot order', () => {
  assert.deepEqual(parseCdWord('/srv/a,b.iso'), { path: '/srv/a,b.iso' })
  assert.deepEqual(parseCdWord('/srv/a,b.iso,boot=1'), { path: '/srv/a,b.iso', bootOrder: 1 })
})
