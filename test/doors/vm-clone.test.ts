/** A machine is cloned as a person types it, and over HTTP's answer for programs. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { VmView } from '../../src/api/views.ts'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('disk', 'create', 'web', '--size', '1M')
  weft.ok('vm', 'create', 'web', '--memory', '32M', '--disk', 'web')
})

after(async () => {
  for (const name of ['two', 'three', 'web']) weft.run(['vm', 'delete', name, '--force'])
  await weft.stop()
})

const show = (name: string): VmView => JSON.parse(weft.ok('vm', 'show', name, '--json')) as VmView

test('a plan is shown and nothing done; then the clone is there and runs', () => {
  const plan = weft.ok('vm', 'clone', 'web', 'two', '--start', '--dry-run')
  assert.match(plan, /--reflink=auto [^#]*web\.qcow2 \S+two\.qcow2\.new\n/)
  assert.equal(weft.run(['vm', 'show', 'two']).code, 3)
  const said = weft.ok('vm', 'clone', 'web', 'two', '--start')
  assert.match(said, /^Machine web cloned to two$/m)
  assert.match(said, /^Machine two started$/m)
  assert.equal(show('two').state, 'running')
  assert.notEqual(show('two').uuid, show('web').uuid)
})

test('one that runs is refused with what to type', () => {
  const { code, err } = weft.run(['vm', 'clone', 'two', 'three'])
  assert.notEqual(code, 0)
  assert.match(err, /^weft: cannot clone machine 'two'/)
  assert.match(err, /try {2}weft vm stop two/)
})

test('a linked clone keeps its source from being started', () => {
  const { result } = JSON.parse(weft.ok('vm', 'clone', 'web', 'three', '--linked', '--json')) as {
    result: string
  }
  assert.equal(result, 'cloned')
  const { code, err } = weft.run(['vm', 'start', 'web'])
  assert.notEqual(code, 0)
  assert.match(err, /'three' begins with what is in/)
})
