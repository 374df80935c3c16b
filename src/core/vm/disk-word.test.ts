/** Disks in a word. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDiskWord } from './disk-word.ts'

test('a name or a path, and what the disk is like', () => {
  assert.deepEqual(parseDiskWord('web'), { image: 'web' })
  const word = 'web,bus=sata,ro,iops=500,bps=20M,format=raw'
  const like = { bus: 'sata', isReadOnly: true, iops: 500, bps: 20 * 2 ** 20, format: 'raw' }
  assert.deepEqual(parseDiskWord(word), { image: 'web', ...like })
})

test('a path keeps commas that are its own', () => {
  assert.deepEqual(parseDiskWord('/srv/a,b.img,ro'), { image: '/srv/a,b.img', isReadOnly: true })
  assert.deepEqual(parseDiskWord('/srv/a,b.img'), { image: '/srv/a,b.img' })
})

test('what cannot be is refused', () => {
  for (const word of ['web,bus=ide', 'web,iops=0', 'web,bps=fast', 'web,ro,ro', ',ro', '', 'web,format=vmdk'])
    assert.throws(() => parseDiskWord(word), { code: 'invalid-argument' }, word)
})
