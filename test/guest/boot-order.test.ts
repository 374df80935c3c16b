/** Which device a machine boots from, whatever bus it is on: each of them says its name on the serial port. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { deleteVm } from '../../src/app/delete-vm.ts'
import type { App } from '../../src/app/ports.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { bootDisk } from '../support/boot-sector.ts'
import { byTest, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let app: App
const disk = (name: string): string => join(root, `${name}.img`)
const cd = join(root, 'cd.iso')

before(async () => {
  built = await openWeft(root)
  app = built.app
  for (const name of ['one', 'two', 'three']) {
    writeFileSync(disk(name), bootDisk(`this is ${name}`))
    chmodSync(disk(name), 0o666)
  }
  const tree = join(root, 'cd')
  mkdirSync(tree)
  writeFileSync(join(tree, 'boot.img'), bootDisk('this is the CD', 4))
  const boot = ['-b', 'boot.img', '-no-emul-boot', '-boot-load-size', '4']
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-o', cd, ...boot, tree], { stdio: 'ignore' })
})

after(() => {
  built.close()
})

type Draft = Omit<Parameters<typeof createVm>[1], 'name'>
let machines = 0

/** What is booted, after everything that comes before it has been tried. */
async function boots(draft: Draft): Promise<string> {
  const name = `boot${String(++machines)}`
  await createVm(app, { name, memoryMiB: 32, display: 'none', ...draft }, byTest)
  await startVm(app, name, byTest)
  try {
    return /this is (.*?)\r/.exec(await waitForConsole(app, name, /this is .*\r/))?.[1] ?? ''
  } finally {
    await killVm(app, name, byTest)
    await deleteVm(app, name, byTest)
  }
}

const raw = (name: string, words: string): string => `${disk(name)},format=raw${words}`

test('without a word it is the first disk', async () => {
  assert.equal(await boots({ disks: [raw('one', ''), raw('two', '')], cdroms: [cd] }), 'one')
})

test('kinds are tried one after the other', async () => {
  assert.equal(await boots({ disks: [raw('one', '')], cdroms: [cd], boot: ['cd', 'disk'] }), 'the CD')
})

test('devices are tried in an order of their own, across buses', async () => {
  const disks = [raw('one', ',boot=3'), raw('two', ',boot=1,bus=scsi'), raw('three', '')]
  assert.equal(await boots({ disks, cdroms: [`${cd},boot=2`] }), 'two')
  const behind = [raw('one', ',boot=3'), raw('two', ',boot=2,bus=scsi')]
  assert.equal(await boots({ disks: behind, cdroms: [`${cd},boot=1`] }), 'the CD')
})

test('a machine boots from every bus that its type has', async () => {
  for (const [machine, bus] of [
    ['q35', 'usb'],
    ['q35', 'sata'],
    ['pc', 'ide'],
    ['pc', 'usb'],
    ['pc', 'scsi'],
    ['microvm', 'virtio'],
    ['microvm', 'scsi'],
  ] as const) {
    const disks = [raw('one', ''), raw('two', `,boot=1,bus=${bus},serial=NO.2`)]
    const cdroms = machine === 'microvm' ? [] : [cd]
    assert.equal(await boots({ machine, disks, cdroms }), 'two', `${bus} on ${machine}`)
  }
})

test('an order that contradicts itself is refused, and so is a bus that the machine has not got', async () => {
  const refused: [Draft, RegExp][] = [
    [
      { disks: [raw('one', ',boot=1')], cdroms: [`${cd},boot=1`] },
      /place 1 in the boot order is given twice/,
    ],
    [{ disks: [raw('one', ',boot=1')], boot: ['disk'] }, /stands with the machine and with its devices/],
    [{ disks: [raw('one', ',bus=ide')] }, /a 'q35' machine has no IDE bus/],
    [{ disks: [raw('one', `,serial=${'x'.repeat(21)}`)] }, /no serial number that a disk on the virtio bus/],
    [{ disks: [raw('one', ',serial=a;b')] }, /'a;b' is no serial number/],
  ]
  for (const [draft, why] of refused)
    await assert.rejects(createVm(app, { name: 'no', ...draft }, byTest), (error: unknown) => {
      assert.match(JSON.stringify(error, ['problems', 'message']), why)
      return true
    })
  assert.equal(app.vms.find('no'), undefined)
})
