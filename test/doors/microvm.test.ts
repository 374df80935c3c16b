/** Microvms at the terminal: created, shown, in XML and YAML and back, imported from a line; what they cannot have is refused. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
let kernel: string
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  for (const name of ['one', 'two', 'three']) weft.ok('disk', 'create', name, '--size', '16M')
  kernel = join(weft.root, 'vmlinuz')
  writeFileSync(kernel, 'no kernel at all', { mode: 0o644 })
})
after(async () => {
  weft.run(['vm', 'kill', 'tiny'])
  await weft.stop()
})

test('one is created, started from its disk, and told of', () => {
  weft.ok('vm', 'create', 'tiny', '--machine', 'microvm', '--disk', 'one', '--net', 'default')
  assert.match(weft.ok('vm', 'show', 'tiny'), /^Machine: +microvm$/m)
  const { code, err } = weft.run(['vm', 'start', 'tiny'])
  assert.equal(code, 0, err)
  const note = /a Linux on the disk of a microvm boots only with 'tsc_early_khz=\d+'/
  assert.equal(err.includes('accelerated by kvm') || note.test(err), true, err)
  assert.match(weft.ok('vm', 'show', 'tiny', '--xml'), /<alias name='nic0'\/>/)
  const { code: refused, err: why } = weft.run(['vm', 'screenshot', 'tiny', join(weft.root, 'a.png')])
  assert.equal(refused, 4, why)
  assert.match(why, /machine 'tiny' has no video card\n +try +weft vm console tiny/)
  weft.ok('vm', 'kill', 'tiny')
})

test('in XML and in YAML it is the same machine', () => {
  const xml = weft.ok('vm', 'show', 'tiny', '--xml')
  assert.match(xml, /<type arch='x86_64' machine='microvm'>hvm<\/type>/)
  assert.doesNotMatch(xml, /<video>|<graphics/)
  assert.match(weft.run(['vm', 'define', '-'], xml).out, /is defined like that already/)
  const yaml = weft.ok('vm', 'show', 'tiny', '--yaml')
  assert.match(yaml, /^machine: microvm$/m)
  assert.match(weft.run(['vm', 'define', '-'], yaml).out, /is defined like that already/)
  const screen = xml.replace('</devices>', "<graphics type='vnc'/></devices>")
  const { code, err } = weft.run(['vm', 'define', '-'], screen)
  assert.equal(code, 2, err)
  assert.match(err, /a 'microvm' machine has no video card/)
})

test('what it has no place for is refused before anything is made', () => {
  const flags = [
    ['--firmware', 'uefi'],
    ['--display', 'spice'],
    ['--cdrom', kernel],
    ['--disk', 'two,bus=sata'],
    ['--net', 'default,model=e1000'],
    ['--boot', 'net'],
    ['--cpus', '1,max=2'],
    ['--max-memory', '4G'],
  ]
  for (const words of flags) {
    const { code, err } = weft.run(['vm', 'create', 'no', '--machine', 'microvm', ...words])
    assert.notEqual(code, 0, words.join(' '))
    assert.match(err, /'microvm' machine [^]*(--machine q35|bus=virtio)/, words.join(' '))
  }
  assert.equal(weft.run(['vm', 'show', 'no']).code, 3)
})

test('a line becomes one', () => {
  const line =
    'qemu-system-x86_64 -M microvm,x-option-roms=off,rtc=on -enable-kvm -m 256 -no-reboot -nodefaults -display none ' +
    `-kernel ${kernel} -append 'console=ttyS0 root=/dev/vda' -serial stdio ` +
    `-drive id=root,file=${weft.root}/var/lib/weft/disks/three.qcow2,if=none -device virtio-blk-device,drive=root ` +
    '-netdev user,id=n0 -device virtio-net-device,netdev=n0'
  const { code, err } = weft.run(['vm', 'import', 'line', '--from-command', line])
  assert.equal(code, 0, err)
  const yaml = weft.ok('vm', 'show', 'line', '--yaml')
  assert.match(yaml, /^machine: microvm$[^]*^disks:\n +- path: .*three\.qcow2\n[^]*bus: virtio/m)
  assert.match(yaml, /network: default\n[^]*model: virtio/)
  assert.doesNotMatch(yaml, /display/)
})
