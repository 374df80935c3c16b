/** A machine that boots from a CD: the BIOS reads it and GRUB speaks on the serial console. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createVm } from '../../src/app/create-vm.ts'
import { importVm } from '../../src/app/define-vm.ts'
import { createDisk } from '../../src/app/disks.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import { readVmImport } from '../../src/definition/import.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { byTest, newRoot, openWeftWithNetwork, rescueIso, waitForConsole } from './weft-world.ts'

const root = newRoot()
let built: BuiltApp
let iso: string

before(async () => {
  built = await openWeftWithNetwork(root)
  iso = await rescueIso(root)
  await createDisk(built.app, { name: 'hda', size: 2 ** 30 }, byTest)
})

after(() => {
  built.close()
})

for (const machine of ['q35', 'pc'] as const) {
  test(`an ISO boots to GRUB on the serial console of a '${machine}' machine with two NICs on one network`, async () => {
    const { app } = built
    const name = `cd-${machine}`
    const draft = { name, machine, cpus: 2, memoryMiB: 128, cdroms: [iso], boot: ['cd', 'disk'] } as const
    const withDisk = machine === 'q35' ? { disks: ['hda'] } : {}
    await createVm(app, { ...draft, ...withDisk, nets: ['default', 'default'] }, byTest)
    await startVm(app, name, byTest)
    await waitForConsole(app, name, /GNU GRUB|grub>/)
    const links = execFileSync('ip', ['-br', 'link', 'show', 'master', 'virbr0'], { encoding: 'utf8' })
    assert.match(links, /^vnet0\s+UP.*\nvnet1\s+UP/)
    await killVm(app, name, byTest)
  })
}

test("the QEMU line of people's notes becomes a machine that boots", async () => {
  const { app } = built
  const corpus = join(import.meta.dirname, '../../src/definition/qemu-line/corpus')
  const text = readFileSync(join(corpus, 'notes-arch-iso.sh'), 'utf8')
  mkdirSync(join(root, 'Downloads/isos'), { recursive: true })
  symlinkSync(iso, join(root, 'Downloads/isos/archlinux-2024.12.01-x86_64.iso'))
  const read = await readVmImport({ text, from: 'command', name: 'arch', directory: root, home: root })
  const { notes } = await importVm(app, read, byTest)
  assert.ok(notes.includes('-boot d: boots from CD'), notes.join('\n'))
  await startVm(app, 'arch', byTest)
  await waitForConsole(app, 'arch', /GNU GRUB|grub>/)
  await killVm(app, 'arch', byTest)
})
