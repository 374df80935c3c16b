/** Stock virsh limits disks and NICs, and asks what machines may be made of and what QEMU would be told. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { virshOf, type Virsh } from './stock-virsh.ts'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
let virsh: Virsh

before(async () => {
  weft = await startWeft(newRoot())
  virsh = virshOf(weft)
  weft.ok('net', 'start', 'default')
  weft.ok('disk', 'create', 'one', '--size', '8M')
  weft.ok('vm', 'create', 'web', '--memory', '64', '--net', 'default', '--disk', 'one')
  weft.ok('vm', 'start', 'web')
})

after(() => weft.stop())

test('a NIC of what runs is limited by the kernel at once, and its definition when that is asked for', () => {
  const tap = /vnet\d+/.exec(virsh.run('domiflist', 'web').out)?.[0] ?? ''
  const queues = (): string => execFileSync('tc', ['qdisc', 'show', 'dev', tap], { encoding: 'utf8' })
  assert.equal(virsh.table('domiftune', 'web', tap)['inbound.average'], '0')
  assert.deepEqual(virsh.says('domiftune', 'web', tap, '--inbound', '1000,2000,64', '--live'), [0, ''])
  assert.match(queues(), /8Mbit/)
  const { 'inbound.average': average, 'inbound.peak': peak } = virsh.table('domiftune', 'web', tap)
  assert.deepEqual([average, peak], ['1000', '2000'])
  assert.doesNotMatch(virsh.run('dumpxml', 'web', '--inactive').out, /<inbound/)
  const mac = /52:54:00(:[\da-f]{2}){3}/.exec(virsh.run('domiflist', 'web').out)?.[0] ?? ''
  assert.deepEqual(virsh.says('domiftune', 'web', mac, '--outbound', '500', '--config'), [0, ''])
  assert.match(virsh.run('dumpxml', 'web', '--inactive').out, /<outbound average='500'\/>/)
  assert.deepEqual(virsh.says('domiftune', 'web', tap, '--inbound', '0'), [0, ''])
  assert.doesNotMatch(queues(), /8Mbit/)
  assert.match(virsh.says('domiftune', 'web', 'vnet99')[1], /Interface 'vnet99' not found/)
})

test('a disk of what runs is limited; what weft has no limit for is refused', () => {
  assert.equal(virsh.table('blkdeviotune', 'web', 'vda')['total_iops_sec'], '0')
  assert.deepEqual(virsh.says('blkdeviotune', 'web', 'vda', '--total-iops-sec', '100', '--live'), [0, ''])
  assert.equal(virsh.table('blkdeviotune', 'web', 'vda')['total_iops_sec'], '100')
  assert.equal(virsh.table('blkdeviotune', 'web', 'vda', '--config')['total_iops_sec'], '0')
  assert.match(
    virsh.says('blkdeviotune', 'web', 'vda', '--read-iops-sec', '100')[1],
    /Operation not supported: weft limits reads and writes together, and not by read_iops_sec/,
  )
  assert.match(virsh.says('blkdeviotune', 'web', 'vdz')[1], /invalid argument: disk 'vdz' was not found/)
})

test('what machines may be made of is what QEMU has', () => {
  const { code, out } = virsh.run('domcapabilities', '--virttype', 'qemu', '--machine', 'q35')
  assert.equal(code, 0)
  assert.match(out, /<domain>qemu<\/domain>\n {2}<machine>pc-q35-[\d.]+<\/machine>/)
  assert.match(out, /<enum name='bus'>\s*<value>scsi<\/value>/)
  assert.match(out, /<model usable='unknown' vendor='unknown'>qemu64<\/model>/)
  assert.match(
    virsh.says('domcapabilities', '--machine', 'nope', '--virttype', 'qemu')[1],
    /the machine 'nope' is not supported/,
  )
  const models = virsh.run('cpu-models', 'x86_64').out.trim().split('\n')
  assert.equal(models.includes('qemu64') && models.includes('Nehalem'), true)
})

test('a line of QEMU becomes a definition, and a definition its line', () => {
  const line = `${weft.root}/line`
  writeFileSync(
    line,
    `qemu-system-x86_64 -name old -m 96 -smp 2 -drive file=${weft.root}/var/lib/weft/disks/one.qcow2,format=qcow2,if=virtio`,
  )
  const { code, out, err } = virsh.run('domxml-from-native', 'qemu-argv', line)
  assert.equal(code, 0, err)
  assert.match(
    out,
    /<name>old<\/name>[^]*<memory unit='KiB'>98304<\/memory>[^]*<vcpu[^>]*>2<\/vcpu>[^]*one\.qcow2/,
  )
  const [end, told] = virsh.says('domxml-to-native', 'qemu-argv', '--domain', 'web')
  assert.equal(end, 0, told)
  assert.match(told, /qemu-system-x86_64 .*-m .*one\.qcow2/)
  assert.match(
    virsh.says('domxml-from-native', 'xen-xl', line)[1],
    /invalid argument: unsupported config type xen-xl/,
  )
})
