/** Transient machines at the terminal: there as long as they run, however they end, unless somebody defines them meanwhile. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { until } from '../support/real-app.ts'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  weft.ok('disk', 'create', 'data', '--size', '8M')
})
after(async () => {
  for (const name of ['tmp', 'xml']) weft.run(['vm', 'kill', name])
  await weft.stop()
})

const names = (): string => weft.ok('vm', 'list', '--name')
const pidOf = (name: string): number =>
  Number(readFileSync(join(weft.root, `run/weft/vms/${name}/qemu.pid`), 'utf8'))
const statOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
  } catch {
    return ''
  }
}
const XML =
  "<domain type='qemu'><name>xml</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>" +
  "<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>"
const start = (...more: string[]): string =>
  weft.ok(
    'vm',
    'create',
    'tmp',
    '--transient',
    '--disk',
    'data',
    '--net',
    'default',
    '--memory',
    '64M',
    ...more,
  )

test('one is started at once, and is gone when it ends, but for its disk', () => {
  assert.match(start('--dry-run'), /etc\/weft\/vms\/tmp\.json/)
  assert.equal(names(), '')
  assert.match(start(), /^Machine tmp started$/m)
  assert.match(weft.ok('vm', 'show', 'tmp'), /^State: +running[^]*^Persistent: +no$/m)
  for (const words of [
    ['vm', 'save', 'tmp'],
    ['snapshot', 'create', 'tmp', '--disk-only'],
    ['vm', 'autostart', 'tmp'],
  ]) {
    const { code, err } = weft.run(words)
    assert.equal(code, 4, words.join(' '))
    assert.match(err, /is transient: it cannot be[^]*weft vm define/)
  }
  weft.ok('vm', 'kill', 'tmp')
  assert.equal(names(), '')
  assert.match(weft.ok('disk', 'list'), /^ data /m)
  assert.doesNotMatch(weft.ok('net', 'leases', 'default'), /tmp/)
})

test('of XML too, and defined meanwhile it stays', () => {
  const { code, out, err } = weft.run(['create'], XML)
  assert.equal(code, 0, err)
  assert.match(out, /^Machine started from stdin$/m)
  assert.equal(weft.run(['vm', 'run'], XML).code, 4)
  const shown = weft.ok('vm', 'show', 'xml', '--xml', '--inactive')
  assert.doesNotMatch(shown, /ransient/)
  assert.equal(weft.run(['vm', 'define'], shown).code, 0)
  assert.match(weft.ok('vm', 'show', 'xml'), /^Persistent: +yes$/m)
  weft.ok('vm', 'kill', 'xml')
  assert.equal(names(), 'xml\n')
  weft.ok('vm', 'delete', 'xml')
})

test('undefined while it runs it goes on, and is forgotten with its end', () => {
  const words = ['--net', 'default', '--memory', '64M']
  weft.ok('vm', 'create', 'tmp', ...words)
  weft.ok('vm', 'autostart', 'tmp')
  weft.ok('vm', 'start', 'tmp')
  const pid = pidOf('tmp')
  assert.match(weft.ok('vm', 'undefine', 'tmp', '--dry-run'), /etc\/weft\/vms\/tmp\.json/)
  assert.match(weft.ok('vm', 'show', 'tmp'), /^Persistent: +yes$/m)
  const undefined_ = weft.run(['undefine', 'tmp'])
  assert.equal(undefined_.code, 0, undefined_.err)
  assert.match(undefined_.out + undefined_.err, /it runs on[^]*no longer started with the host/)
  assert.equal(pidOf('tmp'), pid)
  assert.match(weft.ok('vm', 'show', 'tmp'), /^State: +running[^]*^Persistent: +no$/m)
  assert.match(weft.ok('vm', 'undefine', 'tmp'), /^Machine tmp is transient already$/m)
  weft.ok('vm', 'kill', 'tmp')
  assert.equal(names(), '')

  weft.ok('vm', 'create', 'tmp', ...words)
  assert.match(weft.ok('vm', 'undefine', 'tmp'), /^Machine tmp deleted$/m)
  assert.equal(names(), '')
  assert.equal(weft.run(['vm', 'undefine', 'tmp']).code, 3)
})

test('one whose QEMU dies is forgotten at once, whatever its policy says', async () => {
  start()
  weft.ok('vm', 'policy', 'tmp', '--on-crash', 'restart')
  process.kill(pidOf('tmp'), 'SIGKILL')
  await until('it is forgotten', () => names() === '')
})

test('whose end nobody has seen is forgotten when weftd comes back', async () => {
  start()
  const pid = pidOf('tmp')
  await weft.stop('SIGKILL')
  process.kill(pid, 'SIGKILL')
  await until('it is dead', () => /^$|\) [ZX] /.test(statOf(pid)))
  weft = await startWeft(weft.root)
  assert.equal(names(), '')
})

test('one that cannot start has never been there', () => {
  const { code, err } = weft.run([
    'vm',
    'create',
    'tmp',
    '--transient',
    '--net',
    'none-such',
    '--memory',
    '64M',
  ])
  assert.notEqual(code, 0)
  assert.match(err, /none-such/)
  weft.ok('net', 'stop', 'default')
  const off = weft.run(['vm', 'create', 'tmp', '--transient', '--net', 'default', '--memory', '64M'])
  assert.equal(off.code, 4, off.err)
  assert.equal(names(), '')
})
