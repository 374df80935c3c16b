/** What a person types to work on disks of a machine that runs, and to back it up; a weftd that is told to end meanwhile. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { host, newRoot, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('disk', 'create', 'data', '--size', '16M')
  const { path } = json('disk', 'show', 'data') as { path: string }
  host('qemu-io', '-c', 'write -P 0x5a 0 8M', path)
  // Nothing to boot: its disk is open all the same.
  weft.ok('vm', 'create', 'web', '--memory', '64M', '--disk', 'data')
  weft.ok('vm', 'start', 'web')
})
after(async () => {
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

const json = (...words: string[]): unknown => JSON.parse(weft.ok(...words, '--json'))
const diskOf = (vm: string): string => (json('vm', 'show', vm) as { disks: string[] }).disks[0] ?? ''

test('overlay, commit, pull, copy and limit, each with what it would do', () => {
  assert.match(weft.ok('disk', 'overlay', 'web', 'data', '--dry-run'), /blockdev-add/)
  assert.match(weft.ok('disk', 'overlay', 'web', 'data'), /writes to an overlay of data/)
  assert.match(diskOf('web'), /data-1\.qcow2$/)
  assert.match(weft.ok('blockcommit', 'web', 'data-1'), /committed to what it began with/)
  assert.match(diskOf('web'), /data\.qcow2$/)
  assert.match(weft.run(['disk', 'pull', 'web', 'data']).err, /begins with no other image/)
  weft.ok('disk', 'copy', 'web', 'data', '--to', 'moved', '--format', 'raw', '--pivot')
  assert.match(diskOf('web'), /moved\.raw$/)
  assert.match(weft.ok('disk', 'limit', 'web', 'moved', '--bps', '20M', '--iops', '500'), /is held to that/)
  assert.match(weft.ok('disk', 'limit', 'web', 'moved', '--iops', '500'), /already/)
  assert.match(weft.run(['disk', 'copy', 'web', 'moved']).err, /--to NAME/)
})

test('a job goes on while weftd is away; it is listed and cancelled', async () => {
  const slow = ['--speed', '64K', '--background']
  assert.match(weft.ok('disk', 'copy', 'web', 'moved', '--to', 'never', ...slow), /is being copied/)
  await weft.stop()
  weft = await startWeft(weft.root)
  assert.match(weft.ok('job', 'list'), /Machine +Disk +Job +Done[^]*web +disk0 +copy +\d+ %/)
  assert.match(weft.run(['disk', 'detach', 'web', 'moved']).err, /weft job cancel web disk0/)
  weft.ok('job', 'cancel', 'web', 'disk0')
  assert.deepEqual(json('job', 'list'), [])
})

const isReady = (): boolean => (json('job', 'list') as { status: string }[])[0]?.status === 'ready'

test('what is held stays ready while weftd is away, until somebody says how it ends', async () => {
  assert.match(weft.ok('disk', 'copy', 'web', 'moved', '--to', 'kept', '--hold'), /is being copied/)
  await until(isReady)
  await weft.stop()
  weft = await startWeft(weft.root)
  assert.match(weft.ok('job', 'list'), /web +disk0 +copy +ready/)
  assert.match(weft.ok('job', 'finish', 'web', 'disk0', '--dry-run'), /the copy is of this moment/)
  weft.ok('job', 'finish', 'web', 'moved')
  assert.match(diskOf('web'), /moved\.raw$/)
  assert.match(weft.ok('disk', 'show', 'kept'), /16 MiB/)
  assert.match(weft.run(['job', 'finish', 'web', 'disk0']).err, /nothing is being done/)

  weft.ok('disk', 'overlay', 'web', 'moved', '--name', 'over')
  weft.ok('disk', 'commit', 'web', 'over', '--hold')
  await until(isReady)
  assert.match(weft.run(['job', 'finish', 'web', 'disk0']).err, /weft job finish web disk0 --pivot/)
  weft.ok('job', 'finish', 'web', 'disk0', '--pivot')
  assert.match(diskOf('web'), /moved\.raw$/)
  assert.match(weft.run(['disk', 'show', 'over']).err, /no disk 'over'/)

  weft.ok('disk', 'copy', 'web', 'moved', '--to', 'lost', '--hold')
  await until(isReady)
  weft.ok('vm', 'kill', 'web')
  await until(() => (json('job', 'list') as unknown[]).length === 0)
  assert.match(diskOf('web'), /moved\.raw$/)
  assert.match(weft.run(['disk', 'show', 'lost']).err, /no disk 'lost'/)
  weft.ok('vm', 'start', 'web')
})

test('a backup, a second one of what has changed, and back', async () => {
  const to = join(weft.root, 'backup')
  weft.ok('disk', 'copy', 'web', 'moved', '--to', 'home', '--format', 'qcow2', '--pivot')
  assert.match(weft.ok('backup', 'create', 'web', '--to', to), /Machine web backed up/)
  weft.ok('backup', 'create', 'web', '--to', to, '--incremental')
  assert.match(weft.ok('backup', 'list', to), /web +1 +\S+ +whole[^]*web +2 +\S+ +since 1 +disk0 \(16 MiB\)/)
  assert.match(weft.run(['backup', 'restore', 'web', '--from', to]).err, /cannot start|runs|running/)
  weft.ok('vm', 'kill', 'web')
  await until(() => weft.run(['vm', 'show', 'web', '--json']).out.includes('"stopped"'))
  weft.ok('backup', 'restore', 'web', '--from', to, '--number', '1')
  assert.match(weft.ok('disk', 'convert', 'home', 'raw'), /Disk home is raw now/)
  assert.match(diskOf('web'), /home\.raw$/)
  assert.deepEqual(readdirSync(join(weft.root, 'var/lib/weft/backups')), [])
})
