/** The archive as cpio(1) and the kernel read it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { device, directory, file, formatCpio, link } from './cpio.ts'

test('headers, names and contents begin on multiples of four, and the trailer ends it', () => {
  const archive = formatCpio([
    directory('bin'),
    file('bin/abc', 'hello'),
    link('bin/x', 'abc'),
    device('d', 5, 1),
  ])
  const names: string[] = []
  for (let at = 0; at < archive.length;) {
    assert.equal(at % 4, 0)
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16)
    assert.equal(archive.toString('latin1', at, at + 6), '070701')
    const nameEnd = at + 110 + field(11)
    names.push(archive.toString('latin1', at + 110, nameEnd - 1))
    at = Math.ceil((Math.ceil(nameEnd / 4) * 4 + field(6)) / 4) * 4
  }
  assert.deepEqual(names, ['bin', 'bin/abc', 'bin/x', 'd', 'TRAILER!!!'])
})
