/** A machine's states as a person types them, and machines that start with the host. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newRoot, PROJECT, runProgram, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
  // Nothing to boot: it never hears its power button.
  for (const name of ['db', 'web']) weft.ok('vm', 'create', name, '--memory', '64M')
})
after(async () => {
  for (const name of ['db', 'web']) weft.run(['vm', 'kill', name])
  await weft.stop()
})

const stateOf = (name: string): string =>
  (JSON.parse(weft.ok('vm', 'show', name, '--json')) as { state: string }).state

test('paused, resumed and reset, and what a state does not allow is refused with what to type', () => {
  assert.match(weft.run(['vm', 'pause', 'web']).err, /weft vm start web/)
  weft.ok('vm', 'start', 'web')
  weft.ok('vm', 'pause', 'web')
  assert.equal(stateOf('web'), 'paused')
  assert.match(weft.run(['vm', 'start', 'web']).err, /weft vm resume web/)
  weft.ok('vm', 'resume', 'web')
  weft.ok('vm', 'reset', 'web')
  assert.equal(stateOf('web'), 'running')
})

test('a guest that does not listen runs on after the limit, or is killed when that was asked for', () => {
  const { code, err } = weft.run(['vm', 'stop', 'web', '--timeout', '1s'])
  assert.notEqual(code, 0)
  assert.match(err, /still runs after 1 s[^]*weft vm kill web/)
  assert.equal(stateOf('web'), 'running')
  weft.ok('vm', 'stop', 'web', '--timeout', '1s', '--force')
  assert.equal(stateOf('web'), 'stopped')
})

test('marked machines start with the host, in their order, and one that was killed stays so when weftd is restarted', async () => {
  weft.ok('vm', 'autostart', 'web', '--order', '2')
  weft.ok('vm', 'autostart', 'db', '--order', '1', '--delay', '1s')
  await weft.stop()
  rmSync(join(weft.root, 'run'), { recursive: true })
  weft = await startWeft(weft.root)
  const started = (): string[] => {
    const history = JSON.parse(weft.ok('history', '--json')) as { title: string; by: string }[]
    const own = history.filter(({ by, title }) => by === 'weftd' && title.startsWith('start machine'))
    return own.map(({ title }) => title)
  }
  // A start is noted when it is over, a moment after the machine runs.
  await until(() => stateOf('web') === 'running' && started().length === 2)
  assert.deepEqual(started(), ["start machine 'db'", "start machine 'web'"])
  weft.ok('vm', 'autostart', 'db', '--disable')
  weft.ok('vm', 'kill', 'web')
  await weft.stop()
  weft = await startWeft(weft.root)
  await until(() => stateOf('db') === 'running')
  assert.equal(stateOf('web'), 'stopped')
})

test('disks go with a machine after a question at the terminal', () => {
  weft.ok('disk', 'create', 'data', '--size', '1M')
  weft.ok('vm', 'create', 'short', '--memory', '32M', '--disk', 'data')
  const words = `${join(PROJECT, 'bin/weft')} vm delete short --disks`
  const typed = (answer: string): string =>
    runProgram(['script', '-qec', words, '/dev/null'], { WEFT_ROOT: weft.root }, answer).out
  assert.match(typed('n\n'), /with its disk .*data\.qcow2: 1 MiB[^]*nothing was deleted/)
  assert.equal(stateOf('short'), 'stopped')
  assert.match(typed('y\n'), /Machine short deleted/)
  assert.doesNotMatch(weft.ok('disk', 'list'), /data/)
})
