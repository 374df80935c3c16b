/** Another machine like one that is off: with disks and an identity of its own, beside its source, wholly or not at all. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { after, before, test } from 'node:test'
import { cloneVm } from '../../src/app/clone-vm.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { getDisk } from '../../src/app/disk-images.ts'
import { createDisk } from '../../src/app/disks.ts'
import { undoLast } from '../../src/app/history.ts'
import type { App } from '../../src/app/ports.ts'
import { discardVm, saveVm } from '../../src/app/save-vm.ts'
import { createSnapshot, deleteSnapshot } from '../../src/app/snapshots.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { WeftError } from '../../src/core/errors.ts'
import { keptAddressesFile, nvramFile, poolDirectory } from '../../src/core/host/paths.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  newRoot,
  openWeftWithNetwork,
  waitForConsole,
} from './weft-world.ts'

const MIB = 2 ** 20
const root = newRoot()
let built: BuiltApp
let app: App

before(async () => {
  built = await openWeftWithNetwork(root)
  app = built.app
  await createDisk(app, { name: 'web', size: 4 * MIB }, byTest)
  const draft = { ...guestDraft('web', await guestImage(root)), disks: ['web'] }
  await createVm(app, { ...draft, cloudInit: { hostName: 'first' } }, byTest)

  for (const name of ['modern', 'data']) await createDisk(app, { name, size: MIB, format: 'raw' }, byTest)
  const modern = { name: 'modern', memoryMiB: 64, firmware: 'uefi', nets: ['default'] } as const
  await createVm(app, { ...modern, disks: ['modern', 'data'] }, byTest)
  const nvram = nvramFile(app.facts.paths, 'modern')
  mkdirSync(dirname(nvram), { recursive: true })
  writeFileSync(nvram, 'what it remembers')
})

after(async () => {
  for (const { name } of app.vms.list()) if (app.machines.isRunning(name)) await killVm(app, name, byTest)
  built.close()
})

/** Every file that a clone could leave, and who is kept an address. */
function traces(): unknown {
  const { paths } = app.facts
  const directories = [poolDirectory(paths), dirname(app.vms.file('web')), dirname(nvramFile(paths, 'web'))]
  const kept = readFileSync(keptAddressesFile(paths, 'default'), 'utf8')
  return [...directories.map((directory) => readdirSync(directory).sort()), JSON.parse(kept)]
}

async function boot(name: string): Promise<void> {
  await startVm(app, name, byTest)
  await waitForConsole(app, name, /weft-guest ready/)
}

const inGuest = async (name: string, command: string): Promise<string> =>
  (await askGuest(app, name, command)).replace(/ \[0\]$/, '')
const metaData = 'mount -t iso9660 -o ro /dev/vdb /mnt; cat /mnt/meta-data'

test('refused while it runs or is saved, for a name that is taken or is none, and when a disk is in the way', async () => {
  const was = traces()
  await assert.rejects(cloneVm(app, 'web', { name: 'modern' }, byTest), { code: 'already-exists' })
  await assert.rejects(cloneVm(app, 'nobody', { name: 'two' }, byTest), { code: 'not-found' })
  await assert.rejects(cloneVm(app, 'web', { name: 'no/name' }, byTest), WeftError)
  assert.deepEqual(traces(), was)
  await createDisk(app, { name: 'two', size: MIB }, byTest)
  await assert.rejects(cloneVm(app, 'web', { name: 'two' }, byTest), { code: 'already-exists' })
  await undoLast(app, byTest)

  await boot('web')
  await inGuest('web', 'echo from the source >/dev/vda')
  const running = { code: 'wrong-state', hint: 'weft vm stop web' }
  await assert.rejects(cloneVm(app, 'web', { name: 'two' }, byTest), running)
  await saveVm(app, 'web', byTest)
  await assert.rejects(cloneVm(app, 'web', { name: 'two' }, byTest), { code: 'wrong-state' })
  await discardVm(app, 'web', byTest)
  assert.deepEqual(traces(), was)
})

test('whichever step fails, and when the source is written to meanwhile, nothing is left of the clone', async () => {
  const was = traces()
  const clone = (on: App): Promise<unknown> => cloneVm(on, 'modern', { name: 'two' }, byTest)
  const { steps } = (await cloneVm(app, 'modern', { name: 'two' }, { by: 'test', dryRun: true })).plan
  assert.deepEqual(traces(), was)
  const during = (index: number, work: () => void): App => {
    let performed = 0
    const perform: App['host']['perform'] = async (action) => {
      if (performed++ === index) work()
      await app.host.perform(action)
    }
    return { ...app, host: { ...app.host, perform } }
  }
  const fail = (): never => {
    throw new WeftError('command-failed', 'told to fail')
  }
  for (const [index, { reason }] of steps.entries()) {
    await assert.rejects(clone(during(index, fail)), { code: 'command-failed' }, reason)
    assert.deepEqual(traces(), was, reason)
    assert.equal(app.vms.find('two'), undefined)
  }
  const { path } = await getDisk(app, 'data')
  const write = (): void => {
    writeFileSync(path, Buffer.alloc(MIB))
  }
  await assert.rejects(clone(during(2, write)), /could not clone machine 'modern' to 'two'/)
  assert.deepEqual(traces(), was)
})

test('disks and what the firmware remembers are copied, by names of their own; an undo takes them along', async () => {
  const was = traces()
  const { notes } = await cloneVm(app, 'modern', { name: 'two' }, byTest)
  assert.deepEqual(
    app.vms.find('two')?.disks.map(({ path }) => path.replace(/^.*\//, '')),
    ['two.raw', 'two-data.raw'],
  )
  assert.equal(readFileSync(nvramFile(app.facts.paths, 'two'), 'utf8'), 'what it remembers')
  assert.ok(notes.includes('snapshots and backups stay with modern'), notes.join('\n'))
  await undoLast(app, byTest)
  assert.deepEqual(traces(), was)
})

test('what a disk remembers for snapshots and backups stays in it', async () => {
  await createDisk(app, { name: 'marked', size: MIB }, byTest)
  const { path } = await getDisk(app, 'marked')
  execFileSync('qemu-img', ['bitmap', '--add', path, 'since-backup'])
  execFileSync('qemu-img', ['snapshot', '-c', 'kept', path])
  const info = (of: string): string => execFileSync('qemu-img', ['info', of], { encoding: 'utf8' })
  assert.match(info(path), /since-backup/)
  await createVm(app, { name: 'marked', memoryMiB: 32, disks: ['marked'] }, byTest)
  for (const remembered of ['bitmap and snapshot', 'bitmap alone']) {
    await cloneVm(app, 'marked', { name: 'clean' }, byTest)
    assert.doesNotMatch(info((await getDisk(app, 'clean')).path), /since-backup|kept/, remembered)
    await deleteVm(app, 'clean', { ...byTest, disks: true })
    if (remembered !== 'bitmap alone') execFileSync('qemu-img', ['snapshot', '-d', 'kept', path])
  }
  await deleteVm(app, 'marked', { ...byTest, disks: true })
})

test('others have their turns while disks are copied, the source has not', async () => {
  const seen: string[] = []
  let others: Promise<unknown>[] = []
  const perform: App['host']['perform'] = async (action) => {
    if (action.kind === 'run' && action.argv.includes('cp') && others.length === 0) {
      const start = startVm(app, 'modern', { by: 'test', dryRun: true }).then(() => seen.push('source'))
      const other = createVm(app, { name: 'other', memoryMiB: 32 }, byTest).then(() => seen.push('other'))
      others = [start, other]
      await other
      seen.push('copied')
    }
    await app.host.perform(action)
  }
  await cloneVm({ ...app, host: { ...app.host, perform } }, 'modern', { name: 'two' }, byTest)
  await Promise.all(others)
  assert.deepEqual(seen, ['other', 'copied', 'source'])
  await deleteVm(app, 'two', { ...byTest, disks: true })
})

test('the clone boots beside its source: another MAC, address, host name and instance, the same on a disk of its own', async () => {
  await createSnapshot(app, 'web', { name: 'kept' }, byTest)
  await cloneVm(app, 'web', { name: 'second' }, byTest)
  const { path } = await getDisk(app, 'second')
  assert.deepEqual(await app.images.snapshots(path), [])
  assert.equal(app.snapshots.find('second'), undefined)
  await deleteSnapshot(app, 'web', 'kept', byTest)

  await Promise.all([boot('web'), boot('second')])
  const [web, second] = [app.vms.find('web'), app.vms.find('second')]
  const mac = 'cat /sys/class/net/eth0/address'
  assert.equal(await inGuest('web', mac), web?.nics[0]?.mac)
  assert.equal(await inGuest('second', mac), second?.nics[0]?.mac)
  assert.notEqual(web?.nics[0]?.mac, second?.nics[0]?.mac)
  const addresses = await Promise.all(['web', 'second'].map((name) => inGuest(name, 'ip -4 -o a show eth0')))
  assert.notEqual(addresses[0], addresses[1])
  const told = (id = '', host = ''): RegExp => new RegExp(`instance-id: "${id}"\\nlocal-hostname: "${host}"`)
  assert.match(await inGuest('web', metaData), told(web?.uuid, 'first'))
  assert.match(await inGuest('second', metaData), told(second?.uuid, 'second'))
  assert.notEqual(web?.uuid, second?.uuid)

  assert.equal(await inGuest('second', 'head -c 15 /dev/vda'), 'from the source')
  await inGuest('second', 'echo from the clone! >/dev/vda')
  assert.equal(await inGuest('web', 'head -c 15 /dev/vda'), 'from the source')
  await killVm(app, 'web', byTest)
  await deleteVm(app, 'second', { ...byTest, disks: true, force: true })
})

test('a linked clone begins with the disks of its source, which is a template as long as it is there', async () => {
  const { notes } = await cloneVm(app, 'web', { name: 'linked', linked: true }, byTest)
  assert.equal((await getDisk(app, 'linked')).backing, (await getDisk(app, 'web')).path)
  assert.ok(notes.some((note) => note.startsWith('web is a template from now on')))
  await boot('linked')
  assert.equal(await inGuest('linked', 'head -c 15 /dev/vda'), 'from the source')
  await assert.rejects(startVm(app, 'web', byTest), /begins with what is in|as it is defined/)
  await deleteVm(app, 'linked', { ...byTest, disks: true, force: true })
  await boot('web')
})
