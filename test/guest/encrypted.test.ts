/** Encrypted disks: what a guest writes is nowhere on the host as it is, and no key is where somebody who looks could see it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkDisk, wipeDisk } from '../../src/app/care-disk.ts'
import { convertDisk } from '../../src/app/convert-disk.ts'
import { cloneDisk, importDisk } from '../../src/app/copy-disk.ts'
import { createVm } from '../../src/app/create-vm.ts'
import { defineVm } from '../../src/app/define-vm.ts'
import { createBackup } from '../../src/app/backups.ts'
import { getDisk } from '../../src/app/disk-images.ts'
import { commitDisk, copyDisk, overlayDisk } from '../../src/app/disk-jobs.ts'
import { createDisk, deleteDisk, resizeDisk } from '../../src/app/disks.ts'
import { attachDisk, detachDisk } from '../../src/app/plug-disk.ts'
import type { App } from '../../src/app/ports.ts'
import { saveVm } from '../../src/app/save-vm.ts'
import { defineSecret, setSecret, undefineSecret } from '../../src/app/secrets.ts'
import { createSnapshot } from '../../src/app/snapshots.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { WeftError } from '../../src/core/errors.ts'
import { diskKeyFile } from '../../src/core/host/paths.ts'
import { renderPlan } from '../../src/core/plan/render.ts'
import { vmFiles } from '../../src/core/vm/context.ts'
import { buildApp, type BuiltApp } from '../../src/daemon/build-app.ts'
import { formatVmDefinition, readVmDefinition } from '../../src/definition/vm.ts'
import { askGuest, byTest, guestDraft, guestImage, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
const UUID = 'f52a81b2-424e-490c-823d-6bd4235bc572'
const MIB = 2 ** 20
/** What the guest writes: long enough not to be there by chance. */
const TEXT = 'nobody on the host reads these words'
const GIVEN = 'the key that somebody has thought of'
const log: string[] = []
const plans: string[] = []
let built: BuiltApp
let app: App

before(async () => {
  ;(await openWeft(root)).close()
  built = buildApp(root, (line) => log.push(line))
  app = built.app
  for (const request of [{ by: 'test', dryRun: true }, byTest]) {
    const made = await createDisk(app, { name: 'vault', size: 32 * MIB, isEncrypted: true }, request)
    const given = { name: 'given', size: 8 * MIB, isEncrypted: true, key: GIVEN } as const
    plans.push(renderPlan(made.plan), renderPlan((await createDisk(app, given, request)).plan))
  }
  const draft = { ...guestDraft('web', await guestImage(root)), nets: [], disks: ['vault'] }
  await createVm(app, draft, byTest)
})

after(async () => {
  if (app.machines.isRunning('web')) await killVm(app, 'web', byTest)
  built.close()
})

const boot = async (): Promise<void> => {
  plans.push(renderPlan((await startVm(app, 'web', byTest)).plan))
  await waitForConsole(app, 'web', /weft-guest up/)
}
const keyFile = async (name: string): Promise<string> =>
  diskKeyFile(app.facts.paths, (await getDisk(app, name)).path)
/** What is in it for who has the key. */
const decrypted = async (name: string): Promise<string> => {
  const object = ['--object', `secret,id=key,file=${await keyFile(name)}`]
  const image = `driver=qcow2,encrypt.key-secret=key,file.filename=${(await getDisk(app, name)).path}`
  const out = join(root, 'plain.raw')
  execFileSync('qemu-img', ['convert', ...object, '--image-opts', '-O', 'raw', image, out])
  return readFileSync(out, 'latin1')
}
const sectors = async (device: string, count: number): Promise<void> => {
  const loop = `for i in $(seq 300); do [ "$(cat /sys/block/${device}/size)" = ${String(count)} ] && break; sleep 0.2; done`
  assert.equal(await askGuest(app, 'web', `${loop}; cat /sys/block/${device}/size`), `${String(count)} [0]`)
}
const refusal = async (work: Promise<unknown>, says: RegExp): Promise<void> => {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof WeftError)
    assert.match([error.message, ...error.details.flat(), error.hint ?? ''].join('\n'), says)
    return true
  })
}

test('what a guest writes is in the file for those alone who have the key', async () => {
  await boot()
  await attachDisk(app, 'web', 'given', byTest)
  await sectors('vdb', (8 * MIB) / 512)
  const write = (device: string): string => `echo ${TEXT} | dd of=/dev/${device} conv=fsync 2>/dev/null`
  await askGuest(app, 'web', `${write('vda')}; ${write('vdb')}`)
  assert.match(await askGuest(app, 'web', 'head -n1 /dev/vdb'), new RegExp(TEXT))
  await resizeDisk(app, 'given', { size: 16 * MIB }, byTest)
  await sectors('vdb', (16 * MIB) / 512)
  await detachDisk(app, 'web', 'given', byTest)
  await attachDisk(app, 'web', 'given', byTest)
  await detachDisk(app, 'web', 'given', byTest)
  assert.equal((await getDisk(app, 'vault')).isEncrypted, true)
  await refuseTraces()
  await killVm(app, 'web', byTest)
  for (const name of ['vault', 'given']) {
    assert.ok(!readFileSync((await getDisk(app, name)).path, 'latin1').includes(TEXT), name)
    assert.ok((await decrypted(name)).startsWith(TEXT), name)
  }
})

/** While the machine runs: no command line, log, plan, journal or file of QEMU's has a key. */
async function refuseTraces(): Promise<void> {
  const keys = await Promise.all(
    ['vault', 'given'].map(async (name) => readFileSync(await keyFile(name), 'utf8')),
  )
  assert.equal(keys[1], GIVEN)
  assert.ok((keys[0]?.length ?? 0) >= 40)
  const files = execFileSync('find', [root, '-type', 'f', '-size', '-1024k'], { encoding: 'utf8' })
    .trim()
    .split('\n')
  const kept = files.filter((path) => keys.some((key) => readFileSync(path, 'latin1').includes(key)))
  assert.deepEqual(kept.sort(), [await keyFile('given'), await keyFile('vault')])
  for (const path of kept) assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(join(root, 'var/lib/weft/keys')).mode & 0o777, 0o700)
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')]
      } catch {
        return []
      }
    })
  assert.ok(lines.some((line) => line.includes('encrypt.key-secret=disk0-key')))
  const history = JSON.stringify(await app.journal.history())
  const live = readFileSync(vmFiles(app.facts.paths, 'web').live, 'utf8')
  for (const text of [...lines, ...log, ...plans, history, live])
    for (const key of keys) assert.ok(!text.includes(key))
}

test('a clone has the same in it and the same key; larger when it is off; a deleted one takes its key along', async () => {
  await cloneDisk(app, 'vault', { name: 'twin' }, byTest)
  assert.ok((await decrypted('twin')).startsWith(TEXT))
  await resizeDisk(app, 'twin', { size: 64 * MIB }, byTest)
  assert.equal((await getDisk(app, 'twin')).size, 64 * MIB)
  const key = await keyFile('twin')
  await deleteDisk(app, 'twin', byTest)
  assert.throws(() => statSync(key), { code: 'ENOENT' })
  await createDisk(app, { name: 'plain', size: MIB }, byTest)
  await createDisk(app, { name: 'over', backing: 'plain', isEncrypted: true }, byTest)
  assert.equal((await decrypted('over')).length, MIB)
})

test('its XML is what libvirt has for it, and is read again', async () => {
  const spec = app.vms.find('web')
  assert.ok(spec)
  const { path } = await getDisk(app, 'vault')
  const xml = formatVmDefinition(spec, { nvram: undefined } as never)
  assert.match(xml, /<encryption format='luks'>\s*<secret type='passphrase' usage='.*vault\.qcow2'\/>/)
  await defineVm(app, await readVmDefinition(xml, undefined), byTest)
  assert.equal(app.vms.find('web')?.disks[0]?.isEncrypted, true)
  const byUuid = await readVmDefinition(xml.replace(/usage='[^']*'/, `uuid='${UUID}'`), undefined)
  await refusal(defineVm(app, byUuid, byTest), /there is no secret/)
  const secret = { uuid: UUID, use: 'volume', id: path, isPrivate: true, isEphemeral: false } as const
  await defineSecret(app, secret, byTest)
  await refusal(defineVm(app, byUuid, byTest), /says nothing yet/)
  await setSecret(app, UUID, Buffer.from('another'), byTest)
  await refusal(defineVm(app, byUuid, byTest), /does not say the key of/)
  await setSecret(app, UUID, readFileSync(await keyFile('vault')), byTest)
  await defineVm(app, byUuid, byTest)
  assert.equal(app.vms.find('web')?.disks[0]?.isEncrypted, true)
  await undefineSecret(app, UUID, byTest)
  const plain = (await getDisk(app, 'plain')).path
  await refusal(
    defineVm(app, await readVmDefinition(xml.replaceAll(path, plain), undefined), byTest),
    /is not encrypted/,
  )
})

test('a wrong key is said to be one, and the machine does not start', async () => {
  const file = await keyFile('vault')
  copyFileSync(file, join(root, 'right'))
  writeFileSync(file, 'not the key')
  await refusal(startVm(app, 'web', byTest), /Invalid password, cannot unlock any keyslot/)
  assert.ok(!app.machines.isRunning('web'))
  copyFileSync(join(root, 'right'), file)
  await boot()
  assert.match(await askGuest(app, 'web', 'head -n1 /dev/vda'), new RegExp(TEXT))
})

test('what would leave it as it is on the host, or cannot be done without the key, is refused', async () => {
  const isEncrypted = /is encrypted, and an encrypted disk cannot be/
  const job = { ...byTest, isBackground: false }
  await refusal(saveVm(app, 'web', byTest), isEncrypted)
  await refusal(createSnapshot(app, 'web', {}, byTest), isEncrypted)
  await refusal(
    createBackup(app, 'web', join(root, 'backups'), { ...job, isIncremental: false }),
    isEncrypted,
  )
  await refusal(overlayDisk(app, 'web', 'vault', {}, byTest), isEncrypted)
  await refusal(commitDisk(app, 'web', 'vault', job), isEncrypted)
  await refusal(copyDisk(app, 'web', 'vault', { name: 'copy', isPivot: false }, job), isEncrypted)
  await killVm(app, 'web', byTest)
  await refusal(convertDisk(app, 'vault', 'raw', byTest), isEncrypted)
  await refusal(cloneDisk(app, 'vault', { name: 'flat', format: 'raw' }, byTest), isEncrypted)
  await refusal(
    importDisk(app, { path: (await getDisk(app, 'vault')).path }, { name: 'in' }, byTest),
    isEncrypted,
  )
  await refusal(checkDisk(app, 'vault'), isEncrypted)
  await refusal(wipeDisk(app, 'vault', byTest), isEncrypted)
  await refusal(createDisk(app, { name: 'on', backing: 'vault' }, byTest), isEncrypted)
  await refusal(
    createDisk(app, { name: 'x', size: MIB, format: 'raw', isEncrypted: true }, byTest),
    /raw disk/,
  )
  await refusal(createDisk(app, { name: 'x', size: MIB, key: 'k' }, byTest), /not encrypted/)
})
