/** Backups of two disks that a guest writes to all the while: whole, then what has changed, then put back and compared. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createBackup, listBackups, restoreBackup } from '../../src/app/backups.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { getDisk } from '../../src/app/disk-images.ts'
import { cancelJob } from '../../src/app/end-disk-job.ts'
import { createDisk } from '../../src/app/disks.ts'
import type { App } from '../../src/app/ports.ts'
import { lookAfterMachines } from '../../src/app/restart-vm.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { buildApp, type BuiltApp } from '../../src/daemon/build-app.ts'
import { until } from '../support/real-app.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const to = join(root, 'backup')
const MIB = 2 ** 20
const whole = { ...byTest, isIncremental: false }
const incremental = { ...byTest, isIncremental: true }
let built: BuiltApp
let app: App

/** Writes number after number to the same place of both disks, the first always before the second. */
const WRITER =
  'w() { n=0; while [ ! -e /tmp/halt ]; do n=$((n + 1)); for d in vda vdb; do printf "%-511s\\n" $n | ' +
  'dd of=/dev/$d bs=512 seek=$((4096 + n % 512)) conv=notrunc,fsync 2>/dev/null; done; : >/tmp/round; done; }; { w >/dev/null 2>&1 & }'

before(async () => {
  built = await openWeft(root)
  app = built.app
  await createDisk(app, { name: 'one', size: 32 * MIB }, byTest)
  await createDisk(app, { name: 'two', size: 16 * MIB, format: 'raw' }, byTest)
  for (const name of ['one', 'two']) {
    const { path, format } = await getDisk(app, name)
    execFileSync('qemu-io', ['-f', format, '-c', 'write -P 0x11 0 2M', '-c', 'write -P 0x22 4M 4M', path])
  }
  const draft = { ...guestDraft('web', await guestImage(root)), nets: [], disks: ['one', 'two'] }
  await createVm(app, draft, byTest)
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', /weft-guest up/)
  await askGuest(app, 'web', WRITER)
})

after(() => {
  built.close()
})

/** What the guest has written to a disk's first block, and the highest number in the writer's place. */
const mark = (text: string): Promise<string> =>
  askGuest(
    app,
    'web',
    `for d in vda vdb; do echo ${text} | dd of=/dev/$d conv=notrunc,fsync 2>/dev/null; done`,
  )

/** It has written to both once more. */
const nextRound = (): Promise<string> =>
  askGuest(
    app,
    'web',
    'for i in 1 2; do rm -f /tmp/round; while [ ! -e /tmp/round ]; do sleep 0.1; done; done',
  )

interface Content {
  readonly mark: string
  readonly highest: number
  readonly whole: Buffer
}

function content(path: string, format: string): Content {
  const flat = '/tmp/flat.img'
  execFileSync('qemu-img', ['convert', '-f', format, '-O', 'raw', path, flat])
  const whole = execFileSync('cat', [flat], { maxBuffer: 2 ** 27 })
  const numbers =
    whole
      .subarray(4096 * 512, 4608 * 512)
      .toString('latin1')
      .match(/\d+/g) ?? []
  const [first = ''] = whole.subarray(0, 64).toString('latin1').split('\n')
  return { mark: first, highest: Math.max(0, ...numbers.map(Number)), whole }
}

const image = (number: number, disk: string): string => join(to, 'web', String(number), `${disk}.qcow2`)

test('a whole backup and two of what has changed are each of one moment for both disks', async () => {
  const marks = ['first', 'second', 'third']
  for (const [place, name] of marks.entries()) {
    await mark(name)
    await nextRound()
    await createBackup(app, 'web', to, place === 0 ? whole : incremental)
    await mark('later')
  }
  assert.deepEqual(
    (await listBackups(app, to)).map(({ number, parent }) => [number, parent]),
    [
      [1, undefined],
      [2, 1],
      [3, 2],
    ],
  )
  let before = 0
  for (const [place, name] of marks.entries()) {
    const [one, two] = ['disk0', 'disk1'].map((disk) => content(image(place + 1, disk), 'qcow2'))
    assert.deepEqual([one?.mark, two?.mark], [name, name])
    // Written to the first disk, then to the second: at one moment they differ by one at most.
    const ahead = (one?.highest ?? 0) - (two?.highest ?? 0)
    assert.ok(ahead === 0 || ahead === 1, `${String(one?.highest)} and ${String(two?.highest)}`)
    assert.ok((one?.highest ?? 0) > before)
    before = one?.highest ?? 0
    assert.equal(one?.whole[5 * MIB], 0x22)
  }
  assert.ok(statSync(image(2, 'disk0')).blocks * 512 < 3 * MIB)
  assert.deepEqual(readdirSync(`${root}/var/lib/weft/backups`), [])
})

test('one that is cancelled, or whose machine ends, leaves nothing, and the series goes on', async () => {
  const slow = { ...whole, isBackground: true, speed: 65536 }
  await createBackup(app, 'web', to, slow)
  await assert.rejects(createBackup(app, 'web', to, whole), { code: 'in-use' })
  await cancelJob(app, 'web', 'backup', byTest)
  assert.equal(existsSync(join(to, 'web/4')), false)
  await mark('fourth')
  await createBackup(app, 'web', to, incremental)
  assert.equal(content(image(4, 'disk1'), 'qcow2').mark, 'fourth')
})

test('weftd comes back while QEMU is at it, and keeps what has come of it', async () => {
  await mark('fifth')
  const slow = { ...incremental, isBackground: true, speed: 65536 }
  await createBackup(app, 'web', to, slow)
  built.close()
  built = buildApp(root, () => undefined)
  app = built.app
  await built.adoptAll()
  await lookAfterMachines(app)
  await until('the backup is whole', async () => (await listBackups(app, to)).length === 5, 240_000)
  await until('nothing is under way', () => app.backups.list().length === 0)
  assert.equal(content(image(5, 'disk0'), 'qcow2').mark, 'fifth')
})

test('a machine is put back to any of them; what was not counted is not believed', async () => {
  await assert.rejects(restoreBackup(app, 'web', { to }, byTest), { code: 'wrong-state' })
  await killVm(app, 'web', byTest)
  for (const number of [2, 5]) {
    await restoreBackup(app, 'web', { to, number }, byTest)
    for (const [name, disk] of [
      ['one', 'disk0'],
      ['two', 'disk1'],
    ] as const) {
      const { path, format } = await getDisk(app, name)
      const [now, then] = [content(path, format), content(image(number, disk), 'qcow2')]
      assert.ok(now.whole.equals(then.whole), `${name} of backup ${String(number)}`)
    }
  }
  assert.deepEqual(readdirSync(`${root}/var/lib/weft/disks`).sort(), ['one.qcow2', 'two.raw'])
  await startVm(app, 'web', byTest)
  await assert.rejects(createBackup(app, 'web', to, incremental), { code: 'wrong-state' })
  await killVm(app, 'web', byTest)
  await createBackup(app, 'web', to, whole)
  assert.equal(content(image(6, 'disk0'), 'qcow2').mark, 'fifth')
})
