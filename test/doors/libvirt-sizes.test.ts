/** Stock virsh changes how much a machine has, reads what it may use, presses its keys and notes what it is for. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { obeyingDisk } from '../support/boot-sector.ts'
import { virshOf, type Virsh } from './stock-virsh.ts'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
let virsh: Virsh

before(async () => {
  weft = await startWeft(newRoot())
  virsh = virshOf(weft)
  writeFileSync(`${weft.root}/obeys.img`, obeyingDisk())
  weft.ok('disk', 'import', 'obeys', `${weft.root}/obeys.img`)
  weft.ok('vm', 'create', 'web', '--memory', '128', '--cpus', '1,max=4', '--disk', 'obeys')
})

after(() => weft.stop())

const invalid = 'error: Requested operation is not valid: domain is not running'

test('memory of the definition: what it may have stays when it gets less', () => {
  assert.deepEqual(virsh.says('setmem', 'web', '64M'), [1, invalid])
  assert.deepEqual(virsh.says('setmem', 'web', '256M', '--config'), [
    1,
    'error: invalid argument: cannot set memory higher than max memory',
  ])
  assert.deepEqual(virsh.says('setmaxmem', 'web', '192M', '--config'), [0, ''])
  assert.deepEqual(virsh.says('setmem', 'web', '192M', '--config'), [0, ''])
  const { 'Max memory': most, 'Used memory': used } = virsh.table('dominfo', 'web')
  assert.deepEqual([most, used], ['196608 KiB', '196608 KiB'])
  assert.deepEqual(virsh.says('setmaxmem', 'web', '128M', '--config'), [0, ''])
  assert.match(virsh.run('dumpxml', 'web').out, /<memory unit='KiB'>131072<\/memory>/)
})

test('processors of the definition, and the numbers that vcpucount asks for', () => {
  assert.deepEqual(virsh.says('setvcpus', 'web', '5', '--config'), [
    1,
    'error: invalid argument: requested vcpus is greater than max allowable vcpus for the persistent domain: 5 > 4',
  ])
  assert.deepEqual(virsh.says('setvcpus', 'web', '2', '--config'), [0, ''])
  assert.match(virsh.run('vcpucount', 'web').out, /^maximum +config +4\ncurrent +config +2$/m)
  assert.deepEqual(virsh.says('setvcpus', 'web', '3', '--maximum', '--config'), [0, ''])
  assert.match(
    virsh.run('dumpxml', 'web').out,
    /<vcpu placement='static' current='2'>3<|<vcpu current='2'>3</,
  )
})

test('what runs is changed at once, and its definition only when that is asked for', () => {
  assert.equal(virsh.says('start', 'web')[0], 0)
  assert.deepEqual(virsh.says('setvcpus', 'web', '3', '--live'), [0, ''])
  assert.match(
    virsh.run('vcpucount', 'web').out,
    /^maximum +config +3\nmaximum +live +3\ncurrent +config +2\ncurrent +live +3$/m,
  )
  assert.deepEqual(virsh.says('setmem', 'web', '96M'), [0, ''])
  assert.equal(virsh.table('dominfo', 'web')['Max memory'], '131072 KiB')
  assert.match(virsh.run('dumpxml', 'web', '--inactive').out, /<memory unit='KiB'>131072</)
  assert.deepEqual(virsh.says('setmaxmem', 'web', '256M'), [
    1,
    'error: Unable to change MaxMemorySize\n' +
      'error: Requested operation is not valid: cannot resize the maximum memory on an active domain',
  ])
  assert.deepEqual(virsh.says('setmem', 'web', '256M', '--live'), [
    1,
    'error: invalid argument: cannot set memory higher than max memory',
  ])
})

test('its processors are told one by one', () => {
  const { out } = virsh.run('vcpuinfo', 'web')
  assert.equal([...out.matchAll(/^VCPU: +\d+$/gm)].length, 3)
  assert.match(out, /^State: +running\nCPU time: +[\d.]+s\nCPU Affinity: +y+$/m)
  assert.match(virsh.run('vcpupin', 'web').out, /^ 0 +0(-\d+)?$/m)
  assert.match(virsh.run('emulatorpin', 'web').out, /\*: +0(-\d+)?/)
  assert.match(virsh.says('vcpupin', 'web', '9', '0')[1], /vcpu 9 is out of range of live cpu count 3/)
})

test('limits that weft does not set are told as none, and refused', () => {
  assert.equal(virsh.table('memtune', 'web')['hard_limit'], 'unlimited')
  assert.equal(virsh.table('blkiotune', 'web')['weight'], '0')
  assert.equal(virsh.table('numatune', 'web')['numa_mode'], 'strict')
  assert.equal(virsh.table('schedinfo', 'web')['Scheduler'], 'posix')
  for (const words of [
    ['memtune', 'web', '--hard-limit', '1G'],
    ['schedinfo', 'web', '--set', 'cpu_shares=2048'],
    ['numatune', 'web', '--nodeset', '0', '--config'],
    ['blkiotune', 'web', '--weight', '500'],
  ]) {
    const [code, text] = virsh.says(...words)
    assert.equal(code, 1, words.join(' '))
    assert.match(text, /Operation not supported: weft/)
  }
})

test('keys are pressed in the guest, and its NMI', () => {
  assert.deepEqual(virsh.says('send-key', 'web', 'KEY_LEFTCTRL', 'KEY_LEFTALT', 'KEY_DELETE'), [0, ''])
  assert.deepEqual(virsh.says('send-key', 'web', '--codeset', 'xt', '0x1e'), [0, ''])
  assert.match(
    virsh.says('send-key', 'web', '--codeset', 'usb', '4')[1],
    /invalid argument: cannot translate keycode 4 of usb codeset/,
  )
  assert.deepEqual(virsh.says('inject-nmi', 'web'), [0, ''])
})

test('title, description and an element of a program are kept in the definition, also while it runs', () => {
  assert.deepEqual(virsh.says('desc', 'web'), [0, 'No description for domain: web'])
  assert.deepEqual(virsh.says('desc', 'web', '--live', '--config', 'Serves <pages> & more'), [
    0,
    'Domain description updated successfully',
  ])
  assert.deepEqual(virsh.says('desc', 'web'), [0, 'Serves <pages> & more'])
  assert.equal(virsh.says('desc', 'web', '--title', '--live', '--config', 'The web')[0], 0)
  assert.match(virsh.run('list', '--all', '--title').out, / web +running +The web$/m)
  assert.deepEqual(virsh.says('desc', 'web', '--title', '--config'), [0, 'The web'])
  const uri = 'http://example.org/app'
  assert.match(
    virsh.says('metadata', 'web', uri)[1],
    /metadata not found: Requested metadata element is not present/,
  )
  const set = ['--set', '<app><tier n="1"/></app>', '--key', 'a', '--config']
  assert.deepEqual(virsh.says('metadata', 'web', uri, ...set), [0, 'Metadata modified'])
  assert.match(virsh.says('metadata', 'web', uri, '--config')[1], /^<app>\s*<tier n=.1.\/>\s*<\/app>$/)
  assert.match(
    virsh.run('dumpxml', 'web', '--inactive').out,
    /<title>The web<\/title>[^]*<a:app xmlns:a=.http:\/\/example.org\/app.><a:tier n="1"\/><\/a:app>/,
  )
  assert.equal(virsh.says('metadata', 'web', uri, '--remove', '--config')[0], 0)
  assert.doesNotMatch(virsh.run('dumpxml', 'web', '--inactive').out, /<metadata>[^]*example/)
})

test('shutting down as virsh asks for it', () => {
  assert.deepEqual(virsh.says('shutdown', 'web', '--mode', 'agent'), [
    1,
    "error: Failed to shutdown domain 'web'\n" +
      'error: Guest agent is not responding: QEMU guest agent is not connected',
  ])
  assert.deepEqual(virsh.says('shutdown', 'web', '--mode', 'acpi'), [0, "Domain 'web' is being shutdown"])
  assert.equal(virsh.says('destroy', 'web')[0], 0)
})
