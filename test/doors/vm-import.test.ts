/** Machines that run elsewhere, imported at the terminal: QEMU lines as people type them, domains as libvirt writes them. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newRoot, runProgram, PROJECT, startWeft, type Ran, type Weft } from './weft-process.ts'

let weft: Weft
let home: string
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  home = join(weft.root, 'home')
  mkdirSync(join(home, 'isos'), { recursive: true })
  writeFileSync(join(home, 'isos/arch.iso'), Buffer.alloc(2 ** 20))
})
after(() => weft.stop())

/** As a person types it, at home. */
function typed(words: readonly string[], input = ''): Ran {
  const environment = { WEFT_ROOT: weft.root, HOME: home }
  return runProgram([join(PROJECT, 'bin/weft'), 'vm', 'import', ...words], environment, input)
}

const NOTES = 'qemu-system-x86_64 -cdrom ~/isos/arch.iso -boot d -cpu host -enable-kvm -smp 2 -m 2G'

test('a line is told word by word, and --dry-run makes nothing', () => {
  const { code, out, err } = typed(['--from-command', NOTES, '--dry-run'])
  assert.equal(code, 0, err)
  assert.match(err, /^-boot d: boots from CD$/m)
  assert.match(err, /^-enable-kvm: KVM where it works, else TCG$/m)
  assert.match(out, /etc\/weft\/vms\/arch\.json/)
  assert.equal(weft.run(['vm', 'show', 'arch']).code, 3)
})

test('it becomes a machine, once', () => {
  const { code, out, err } = typed(['--from-command', NOTES])
  assert.equal(code, 0, err)
  assert.equal(out, 'Machine imported\n')
  assert.match(err, /start it with: weft vm start arch/)
  const shown = weft.ok('vm', 'show', 'arch')
  assert.match(
    shown,
    /^CPUs: +2$[^]*^Memory: +2048 MiB$[^]*^CD: +.*isos\/arch\.iso$[^]*^NIC: .* on default$/m,
  )
  const again = typed(['--from-command', NOTES])
  assert.equal(again.code, 4, again.err)
  assert.match(again.err, /'arch' exists already/)
})

test('a script becomes one, from a file or a pipe, on the network that is said', () => {
  weft.ok('disk', 'create', 'web', '--size', '64M')
  const script = `#!/bin/sh
DISK=${weft.root}/var/lib/weft/disks/web.qcow2
ip link set tap0 master br7
sudo qemu-system-x86_64 -M q35 -m 512 \\
  -drive file=$DISK,if=virtio \\
  -netdev tap,id=n0,ifname=tap0,script=no -device virtio-net-pci,netdev=n0 -nographic
`
  const file = join(home, 'run-web.sh')
  writeFileSync(file, script)
  const refused = typed(['web', '--from-command', file])
  assert.match(refused.err, /no network of weft's is on the bridge 'br7'/)
  assert.match(
    typed(['web', '--from-command', file, '--net', 'br8=default']).err,
    /no NIC of the machine is on 'br8'/,
  )
  const { code, err } = typed(['web', '--from-command', '-', '--net', 'br7=default'], script)
  assert.equal(code, 0, err)
  assert.match(weft.ok('vm', 'show', 'web'), /^Disk: .*web\.qcow2$[^]*^NIC: .* on default$/m)
})

test('what is not supported is refused with its line and column, and the line is shown', () => {
  const file = join(home, 'bad.sh')
  writeFileSync(file, 'qemu-system-x86_64 -m 2G \\\n  -hda a.img -snapshot\n')
  const { code, err } = typed(['--from-command', file])
  assert.equal(code, 2, err)
  assert.match(
    err,
    /bad\.sh:2:14: -snapshot: what a guest of weft writes stays\n +-hda a\.img -snapshot\n +\^\n/,
  )
  assert.match(typed(['--from-command', 'kvm -hdz a.img']).err, /the command:1:5: weft makes nothing of -hdz/)
  assert.match(
    typed(['--from-command', NOTES.replace('arch.iso', 'no.iso')]).err,
    /there is no file .*no\.iso/,
  )
  assert.equal(typed([]).code, 2)
})

test('a domain that libvirt wrote becomes a machine, and what it is without is told', () => {
  weft.ok('disk', 'create', 'old', '--size', '64M')
  const corpus = join(PROJECT, 'src/libvirt/xml/domain/foreign-corpus')
  const xml = readFileSync(join(corpus, 'tuned.xml'), 'utf8')
  const disk = `${weft.root}/var/lib/weft/disks/old.qcow2`
  const here = xml
    .replace('/var/lib/libvirt/images/web.qcow2', disk)
    .replace("network='default'", "network='lab'")
  const lost = typed(['old', '--from-libvirt', '-'], here)
  assert.match(lost.err, /<stdin>|the definition/)
  assert.match(lost.err, /there is no network named 'lab'/)
  const { code, err } = typed(['old', '--from-libvirt', '-', '--net', 'lab=default'], here)
  assert.equal(code, 0, err)
  assert.match(err, /^<memoryBacking> in line 14: left out, weft chooses how the host backs memory$/m)
  assert.match(weft.ok('vm', 'show', 'old'), /^CPUs: +2[^]*^Disk: .*old\.qcow2$[^]*^NIC: .* on default$/m)
  assert.match(weft.run(['vm', 'define'], here).err, /<hugepages> in <memoryBacking> is not supported/)
})
