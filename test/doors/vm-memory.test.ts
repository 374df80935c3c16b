/** What a machine has in memory, in files of the user's: saved, restored and dumped by `weft`. */
import assert from 'node:assert/strict'
import { closeSync, existsSync, openSync, readSync, statSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
let file: string
let core: string

before(async () => {
  weft = await startWeft(newRoot())
  file = `${weft.root}/web.save`
  core = `${weft.root}/web.core`
  weft.ok('vm', 'create', 'web', '--memory', '64')
  weft.ok('vm', 'start', 'web')
})

after(async () => {
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

const state = (): unknown => (JSON.parse(weft.ok('vm', 'show', 'web', '--json')) as { state: string }).state

test('dumped, its memory is a core that nobody but root may read, and it goes on', () => {
  assert.match(weft.ok('vm', 'dump', 'web', core), /The memory of machine web is in .*web\.core/)
  const { mode, uid, size } = statSync(core)
  assert.deepEqual([mode & 0o777, uid], [0o600, 0])
  assert.ok(size > 64 * 2 ** 20, String(size))
  assert.deepEqual(firstBytes(core, 4), [0x7f, 0x45, 0x4c, 0x46])
  assert.equal(state(), 'running')
})

test('a file that is something else is not replaced', () => {
  const other = `${weft.root}/notes`
  writeFileSync(other, 'not a core\n')
  for (const words of [
    ['dump', 'web', other],
    ['save', 'web', '--to', other],
  ]) {
    const { code, err } = weft.run(['vm', ...words])
    assert.equal(code, 4)
    assert.match(err, /is there already, and is something else/)
  }
  const { err } = weft.run(['vm', 'restore', other])
  assert.match(err, /weft vm save VM --to FILE makes one/)
  assert.equal(state(), 'running')
})

test('saved to a file it is off, and the file brings it back as often as its disks are as they were', () => {
  assert.match(weft.ok('vm', 'save', 'web', '--to', file), /Machine web saved to .*web\.save/)
  assert.equal(state(), 'stopped')
  assert.match(weft.run(['vm', 'dump', 'web', core]).err, /cannot dump the memory of machine 'web'/)
  assert.match(weft.ok('vm', 'restore', file, '--paused'), /stands still where it was saved/)
  assert.equal(state(), 'paused')
  weft.ok('vm', 'kill', 'web')
  assert.match(weft.ok('vm', 'restore', file), /goes on where it was saved/)
  assert.equal(state(), 'running')
  assert.ok(existsSync(file))
})

function firstBytes(path: string, count: number): number[] {
  const bytes = new Uint8Array(count)
  const handle = openSync(path, 'r')
  readSync(handle, bytes)
  closeSync(handle)
  return [...bytes]
}
