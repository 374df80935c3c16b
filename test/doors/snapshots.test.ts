/** Saved machines and snapshots as a person types them, in virsh's words too, and as a script reads them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('disk', 'create', 'data', '--size', '1M')
  weft.ok('vm', 'create', 'web', '--memory', '32M', '--disk', 'data')
})
after(async () => {
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

const stateOf = (name: string): string =>
  (JSON.parse(weft.ok('vm', 'show', name, '--json')) as { state: string }).state

test('saved, listed as that, and started again where it stood still; given up it is stopped', () => {
  assert.match(weft.run(['vm', 'save', 'web']).err, /cannot save machine 'web': it is stopped/)
  weft.ok('vm', 'start', 'web')
  const script = weft.ok('vm', 'save', 'web', '--dry-run')
  assert.match(script, /snapshot-save[^]*from here on web is saved[^]*no way back[^]*set \+e/)
  assert.equal(stateOf('web'), 'running')
  assert.match(weft.ok('managedsave', 'web'), /Machine web saved/)
  assert.match(weft.ok('vm', 'list'), /web +saved/)
  assert.match(weft.run(['vm', 'resume', 'web']).err, /it is saved[^]*weft vm start web/)
  assert.match(weft.ok('vm', 'start', 'web'), /Machine web goes on where it was saved/)
  weft.ok('vm', 'save', 'web')
  assert.match(weft.run(['undo']).err, /weft vm start web brings it back/)
  assert.match(weft.ok('managedsave-remove', 'web'), /The saved memory of web is gone/)
  assert.equal(stateOf('web'), 'stopped')
})

test('taken, shown, gone back to and deleted', () => {
  assert.match(weft.ok('snapshot', 'create', 'web', 'clean'), /Snapshot clean of machine web taken/)
  weft.ok('vm', 'start', 'web')
  weft.ok('snapshot', 'create', 'web', '--description', 'with memory')
  assert.match(
    weft.ok('snapshot', 'list', 'web'),
    /clean +.* stopped +no +-\s+snap1 \* +.* running +yes +clean/,
  )
  assert.match(weft.ok('snapshot', 'tree', 'web'), /^clean \(.*stopped\)\n└─ snap1 \(.*running\) \*\n$/)
  assert.match(weft.ok('snapshot-info', 'web', 'snap1'), /Description: +with memory/)
  const [first] = JSON.parse(weft.ok('snapshot', 'list', 'web', '--json')) as Record<string, unknown>[]
  assert.deepEqual([first?.['name'], first?.['hasMemory'], first?.['isCurrent']], ['clean', false, false])

  assert.match(weft.run(['snapshot', 'revert', 'web', 'clean']).err, /--force/)
  assert.match(weft.ok('snapshot', 'revert', 'web', 'clean', '--force'), /as it was at clean, stopped/)
  assert.match(weft.ok('snapshot-revert', 'web', 'snap1'), /as it was at snap1, and goes on/)
  assert.equal(stateOf('web'), 'running')
  assert.match(weft.run(['snapshot', 'delete', 'web', 'none']).err, /no snapshot 'none'[^]*clean/)
  weft.ok('snapshot', 'delete', 'web', 'clean')
  weft.ok('snapshot', 'delete', 'web', 'snap1')
  assert.equal(weft.ok('snapshot', 'list', 'web', '--json').trim(), '[]')
})
