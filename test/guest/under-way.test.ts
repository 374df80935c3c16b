/** What may be done with a machine while one of its disks is worked on, while it is backed up, and while it is saved: every pair, with the words of a refusal. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createBackup, restoreBackup } from '../../src/app/backups.ts'
import type { Changed } from '../../src/app/change.ts'
import { attachNic } from '../../src/app/change-nics.ts'
import { cloneVm } from '../../src/app/clone-vm.ts'
import { convertDisk } from '../../src/app/convert-disk.ts'
import { cloneDisk } from '../../src/app/copy-disk.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { defineVm } from '../../src/app/define-vm.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { getDisk } from '../../src/app/disk-images.ts'
import { commitDisk, copyDisk, overlayDisk, pullDisk } from '../../src/app/disk-jobs.ts'
import { cancelJob } from '../../src/app/end-disk-job.ts'
import { createDisk, deleteDisk, resizeDisk } from '../../src/app/disks.ts'
import { limitDisk } from '../../src/app/limit-disk.ts'
import { pauseVm, resetVm } from '../../src/app/pause-vm.ts'
import { attachDisk, detachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { renameVm } from '../../src/app/rename-vm.ts'
import { revertSnapshot } from '../../src/app/revert-snapshot.ts'
import { discardVm, saveVm } from '../../src/app/save-vm.ts'
import { setHardware } from '../../src/app/set-hardware.ts'
import { setVmPolicy } from '../../src/app/set-vm-policy.ts'
import { createSnapshot, deleteSnapshot } from '../../src/app/snapshots.ts'
import { rebootVm, stopVm } from '../../src/app/stop-vm.ts'
import { undefineVm } from '../../src/app/undefine-vm.ts'
import { getVm } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { WeftError } from '../../src/core/errors.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { formatVmDefinition, readVmDefinition } from '../../src/definition/vm.ts'
import { until } from '../support/real-app.ts'
import { byTest, newRoot, openWeftWithNetwork } from './weft-world.ts'

const MIB = 2 ** 20
const root = newRoot()
const to = join(root, 'backup')
const dry = { by: 'test', dryRun: true } as const
const slow = { ...byTest, isBackground: true, speed: 1024 }
const whole = { isIncremental: false }
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeftWithNetwork(root)
  app = built.app
  await createDisk(app, { name: 'base', size: 16 * MIB }, byTest)
  await write('base', '8M')
  await createDisk(app, { name: 'top', backing: 'base' }, byTest)
  await write('top', '0')
  await createDisk(app, { name: 'second', size: 4 * MIB }, byTest)
  await createDisk(app, { name: 'spare', size: 4 * MIB }, byTest)
  // Nothing to boot: its disks are open all the same.
  await createVm(app, { name: 'web', memoryMiB: 32, disks: ['top', 'second'], nets: ['default'] }, byTest)
  await takeKept()
  await createBackup(app, 'web', to, { ...byTest, ...whole })
  await startVm(app, 'web', byTest)
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

async function write(name: string, place: string): Promise<void> {
  const { path } = await getDisk(app, name)
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P 0x5a ${place} 4M`, path])
}

type Deed = () => Promise<Changed<string>>

/** Columns of the table below. */
const WORKS = ['nothing', 'a copy', 'a pull', 'a commit', 'a backup', 'its memory in a file'] as const

/** Code, message and hint, in one line. `-` in the table: it goes, or there is nothing to do. */
const SAYS: Readonly<Record<string, RegExp>> = {
  '-': /^-$/,
  job: /^in-use: '.*top\.qcow2' is being worked on: (copy|pull|commit) of disk0 of machine 'web' .*weft job cancel web disk0/,
  backup: /^in-use: machine 'web' is being backed up .*weft job cancel web backup/,
  saved: /^(wrong-state|in-use): .* is saved.* \[weft vm start web/,
  runs: /^(wrong-state: .* is running|in-use: .* is in use by machine 'web', which runs) \[weft vm stop web/,
  own: /^in-use: disk 'top' belongs to machine 'web' /,
  kept: /^in-use: .* has snapshot 'kept' of machine 'web' in it \[weft snapshot delete web kept/,
  has: /^in-use: machine 'web' has snapshots \[weft snapshot delete web kept/,
  discard: /^wrong-state: .*saved.* \[weft vm discard web/,
  none: /^not-found: .*'kept'/,
}

/** What each says while each of WORKS is under way. */
const TABLE: Readonly<Record<string, readonly [says: string, deed: Deed]>> = {
  start: ['- - - - - -', () => startVm(app, 'web', dry)],
  stop: ['- - - - - saved', () => stopVm(app, 'web', dry)],
  kill: ['- - - - - saved', () => killVm(app, 'web', dry)],
  reboot: ['- - - - - saved', () => rebootVm(app, 'web', dry)],
  reset: ['- - - - - saved', () => resetVm(app, 'web', dry)],
  pause: ['- - - - - saved', () => pauseVm(app, 'web', dry)],
  save: ['- job job job backup saved', () => saveVm(app, 'web', dry)],
  'take a snapshot': ['- job job job backup saved', () => createSnapshot(app, 'web', { name: 'new' }, dry)],
  'take one of its disks only': [
    '- job job job backup saved',
    () => createSnapshot(app, 'web', { name: 'new', diskOnly: true }, dry),
  ],
  'go back to a snapshot': [
    '- job job none backup -',
    () => revertSnapshot(app, 'web', 'kept', { ...dry, force: true }),
  ],
  'delete a snapshot': ['- job job none backup saved', () => deleteSnapshot(app, 'web', 'kept', dry)],
  'back up': ['- job job job backup saved', () => createBackup(app, 'web', to, { ...dry, ...whole })],
  'put a backup back': ['runs runs runs runs runs saved', () => restoreBackup(app, 'web', { to }, dry)],
  'overlay the disk': [
    '- job job job backup saved',
    () => overlayDisk(app, 'web', 'disk0', { name: 'over' }, dry),
  ],
  'overlay the other disk': [
    '- - - - backup saved',
    () => overlayDisk(app, 'web', 'disk1', { name: 'over' }, dry),
  ],
  'commit the disk': ['kept job job job backup saved', () => commitDisk(app, 'web', 'disk0', dry)],
  'pull the disk': ['- job job job backup saved', () => pullDisk(app, 'web', 'disk0', dry)],
  'copy the disk': [
    '- job job job backup saved',
    () => copyDisk(app, 'web', 'disk0', { name: 'another', isPivot: false }, dry),
  ],
  'copy the other disk': [
    '- - - - backup saved',
    () => copyDisk(app, 'web', 'disk1', { name: 'another', isPivot: false }, dry),
  ],
  'attach a disk': ['- - - - - -', () => attachDisk(app, 'web', 'spare', dry)],
  'detach the disk': ['- job job job backup saved', () => detachDisk(app, 'web', 'disk0', dry)],
  'detach the other disk': ['- - - - backup saved', () => detachDisk(app, 'web', 'disk1', dry)],
  'resize the disk': ['- job job job backup saved', () => resizeDisk(app, 'top', { size: 32 * MIB }, dry)],
  'resize the other disk': ['- - - - backup saved', () => resizeDisk(app, 'second', { size: 8 * MIB }, dry)],
  'limit the disk': ['- - - - - -', () => limitDisk(app, 'web', 'disk0', { bps: MIB }, dry)],
  'delete the disk': ['own own own own own own', () => deleteDisk(app, 'top', dry)],
  'convert the disk': ['runs runs runs runs runs saved', () => convertDisk(app, 'top', 'raw', dry)],
  'clone the disk': ['runs runs runs runs runs -', () => cloneDisk(app, 'top', { name: 'another' }, dry)],
  'clone the machine': ['runs runs runs runs runs saved', () => cloneVm(app, 'web', { name: 'two' }, dry)],
  rename: ['runs runs runs runs runs saved', () => renameVm(app, 'web', 'shop', dry)],
  undefine: ['has has has - has discard', () => undefineVm(app, 'web', dry)],
  'delete the machine': ['- - - - - -', () => deleteVm(app, 'web', { ...dry, force: true })],
  'define it anew': [
    '- job job job backup saved',
    async () => {
      const text = formatVmDefinition({ ...getVm(app, 'web'), memoryMiB: 48 }, { nvram: '' })
      return defineVm(app, await readVmDefinition(text, 'web.xml'), dry)
    },
  ],
  'attach a NIC': ['- - - - - -', () => attachNic(app, 'web', 'default,mac=52:54:00:00:00:77', dry)],
  'change its hardware': ['- - - - - -', () => setHardware(app, 'web', { maxCpus: 2 }, dry)],
  'change its policy': ['- - - - - -', () => setVmPolicy(app, 'web', { onCrash: 'restart' }, dry)],
}

/** Each slow enough to be there all the while. */
const UNDER_WAY: Readonly<
  Record<(typeof WORKS)[number], readonly [begin: () => Promise<unknown>, end: () => Promise<unknown>]>
> = {
  nothing: [() => Promise.resolve(), () => Promise.resolve()],
  'a copy': [
    () => copyDisk(app, 'web', 'disk0', { name: 'never', isPivot: true }, slow),
    () => cancelJob(app, 'web', 'disk0', byTest),
  ],
  'a pull': [() => pullDisk(app, 'web', 'disk0', slow), () => cancelJob(app, 'web', 'disk0', byTest)],
  // Nothing is committed under a snapshot.
  'a commit': [
    async () => {
      await deleteSnapshot(app, 'web', 'kept', byTest)
      await commitDisk(app, 'web', 'disk0', slow)
    },
    async () => {
      await cancelJob(app, 'web', 'disk0', byTest)
      await untilOver()
      await takeKept()
    },
  ],
  'a backup': [
    () => createBackup(app, 'web', to, { ...slow, ...whole }),
    () => cancelJob(app, 'web', 'backup', byTest),
  ],
  'its memory in a file': [() => saveVm(app, 'web', byTest), () => discardVm(app, 'web', byTest)],
}

const takeKept = (): Promise<unknown> => createSnapshot(app, 'web', { name: 'kept', diskOnly: true }, byTest)
const untilOver = (): Promise<void> =>
  until('it is over', () => app.jobs.list().length + app.backups.list().length === 0)

async function whatIsSaid(deed: Deed): Promise<string> {
  try {
    await deed()
    return '-'
  } catch (error) {
    assert.ok(error instanceof WeftError)
    return `${error.code}: ${error.message} [${error.hint ?? 'no hint'}]`
  }
}

for (const [column, work] of WORKS.entries())
  test(`under way: ${work}`, async () => {
    const [begin, end] = UNDER_WAY[work]
    await begin()
    const wrong: string[] = []
    for (const [name, [row, deed]] of Object.entries(TABLE)) {
      const word = row.split(' ')[column] ?? ''
      const said = await whatIsSaid(deed)
      if (SAYS[word]?.test(said) !== true) wrong.push(`${name}: not '${word}' but ${said}`)
    }
    await end()
    await untilOver()
    assert.deepEqual(wrong, [])
  })
