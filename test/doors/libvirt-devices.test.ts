/** Stock virsh gives a machine devices, changes them and takes them away: of its definition, of what runs, or of both. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { guestImage } from '../guest/weft-world.ts'
import { virshOf, type Virsh } from './stock-virsh.ts'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
let virsh: Virsh
let file: (name: string, text: string) => string

const MAC = '52:54:00:aa:bb:01'
const LAB = "<network><name>lab</name><bridge name='virbr9'/><ip address='10.44.0.1' prefix='24'/></network>"

before(async () => {
  weft = await startWeft(newRoot())
  virsh = virshOf(weft)
  file = (name, text) => {
    writeFileSync(`${weft.root}/${name}`, text)
    return `${weft.root}/${name}`
  }
  weft.ok('net', 'start', 'default')
  virsh.run('net-define', file('lab.xml', LAB))
  weft.ok('net', 'start', 'lab')
  for (const name of ['one', 'two', 'three']) weft.ok('disk', 'create', name, '--size', '8M')
  file('first.iso', ' '.repeat(4096))
  file('second.iso', ' '.repeat(4096))
  const { kernel, initrd, append } = await guestImage(weft.root)
  const boot = ['--kernel', kernel, '--initrd', initrd, '--append', append]
  const drives = ['--disk', 'one,bus=scsi', '--cdrom', `${weft.root}/first.iso`]
  weft.ok('vm', 'create', 'web', '--memory', '128', '--net', 'default', ...drives, ...boot)
})

after(() => weft.stop())

const disk = (name: string): string => `${weft.root}/var/lib/weft/disks/${name}.qcow2`

/** What `domblklist` or `domiflist` tell of each device, a line each. */
const rows = (...words: string[]): string[][] =>
  virsh
    .run(...words)
    .out.split('\n')
    .slice(2)
    .map((line) => line.trim().split(/\s{2,}/))
    .filter(([first]) => first !== '')

const targets = (...words: string[]): (string | undefined)[] =>
  rows('domblklist', 'web', ...words).map(([dev]) => dev)

test('a disk of the definition comes and goes by its target, and the others keep their names', () => {
  assert.deepEqual(targets(), ['sda', 'sdb'])
  const [code, text] = virsh.says(
    'attach-disk',
    'web',
    disk('two'),
    'vdb',
    '--subdriver',
    'qcow2',
    '--config',
  )
  assert.deepEqual([code, text], [0, 'Disk attached successfully'])
  assert.deepEqual(
    virsh.says('attach-disk', 'web', disk('three'), 'vdb', '--subdriver', 'qcow2', '--config'),
    [1, 'error: Failed to attach disk\nerror: Requested operation is not valid: target vdb already exists'],
  )
  assert.equal(
    virsh.says('attach-disk', 'web', disk('three'), 'vdc', '--subdriver', 'qcow2', '--config')[0],
    0,
  )
  assert.deepEqual(targets(), ['sda', 'vdb', 'vdc', 'sdb'])
  assert.deepEqual(virsh.says('detach-disk', 'web', 'vdb', '--config'), [0, 'Disk detached successfully'])
  assert.deepEqual(targets(), ['sda', 'vdc', 'sdb'])
  assert.deepEqual(virsh.says('detach-disk', 'web', 'vdc', '--config'), [0, 'Disk detached successfully'])
  assert.deepEqual(virsh.says('detach-disk', 'web', 'vdz', '--config'), [
    1,
    'error: No disk found whose source path or target is vdz',
  ])
})

test('without a word of it, what is attached to a machine that does not run is refused', () => {
  assert.deepEqual(virsh.says('attach-disk', 'web', disk('two'), 'vdb'), [
    1,
    'error: Failed to attach disk\nerror: Requested operation is not valid: domain is not running',
  ])
})

test('an interface of the definition, found by its MAC', () => {
  const words = ['attach-interface', 'web', 'network', 'lab', '--mac', MAC, '--model', 'virtio']
  assert.deepEqual(virsh.says(...words, '--config'), [0, 'Interface attached successfully'])
  assert.deepEqual(rows('domiflist', 'web')[1], ['-', 'network', 'lab', 'virtio', MAC])
  assert.match(
    virsh.says(...words, '--config')[1],
    new RegExp(`network device with mac ${MAC} already exists`),
  )
  assert.deepEqual(virsh.says('detach-interface', 'web', 'network', '--mac', MAC, '--config'), [
    0,
    'Interface detached successfully',
  ])
  assert.equal(rows('domiflist', 'web').length, 1)
})

test('a CD drive comes to a definition, and goes', () => {
  const words = [
    'attach-disk',
    'web',
    `${weft.root}/second.iso`,
    'sdc',
    '--type',
    'cdrom',
    '--targetbus',
    'sata',
  ]
  assert.deepEqual(virsh.says(...words, '--config'), [0, 'Disk attached successfully'])
  assert.deepEqual(targets(), ['sda', 'sdb', 'sdc'])
  assert.equal(virsh.says('detach-disk', 'web', 'sdc', '--config')[0], 0)
  assert.deepEqual(targets(), ['sda', 'sdb'])
})

test('what cannot come is refused in words of libvirt', () => {
  const attach = (text: string): string =>
    virsh.says('attach-device', 'web', file('dev.xml', text), '--config')[1]
  assert.match(
    attach("<watchdog model='i6300esb'/>"),
    /Operation not supported: persistent attach of device 'watchdog'/,
  )
  assert.match(attach('<toaster/>'), /XML error: unknown device type 'toaster'/)
  assert.match(
    attach("<disk type='file'><source file='/nope'"),
    /error: .*unsupported configuration|XML error/,
  )
})

test('a machine that runs: devices of what runs alone are gone from it at its end', async () => {
  assert.equal(virsh.says('start', 'web')[0], 0)
  const events = listen()
  try {
    await guestIsUp()
    const two = ['attach-disk', 'web', disk('two'), 'sde', '--targetbus', 'scsi', '--subdriver', 'qcow2']
    await until(() => {
      const [code] = virsh.says(...two)
      const alias = /<alias name='(disk\d+)'\/>/.exec(diskXml('sde'))?.[1]
      assert.deepEqual([code, virsh.says('detach-disk', 'web', 'sde')[0]], [0, 0])
      const heard = events.heard()
      const hasGone = heard.includes(`device-removed' for domain 'web': ${alias ?? '?'}`)
      // Who listens from in between hears only of its end.
      return hasGone && /event 'device-added' for domain 'web': disk\d+/.test(heard)
    })
    assert.deepEqual(targets(), ['sda', 'sdb'])

    assert.deepEqual(virsh.says(...two, '--live'), [0, 'Disk attached successfully'])
    assert.deepEqual(targets(), ['sda', 'sde', 'sdb'])
    assert.deepEqual(targets('--inactive'), ['sda', 'sdb'])
    assert.deepEqual(virsh.says('detach-device-alias', 'web', 'disk9'), [
      1,
      'error: Failed to detach device with alias disk9\nerror: device not found: no device found with alias disk9',
    ])
    const alias = /<alias name='(disk\d+)'\/>/.exec(diskXml('sde'))?.[1] ?? ''
    assert.deepEqual(virsh.says('detach-device-alias', 'web', alias, '--live'), [
      0,
      'Device detach request sent successfully',
    ])
    assert.deepEqual(targets(), ['sda', 'sdb'])

    const three = ['attach-disk', 'web', disk('three'), 'sdf', '--targetbus', 'scsi', '--subdriver', 'qcow2']
    assert.equal(virsh.says(...three, '--persistent')[0], 0)
    assert.deepEqual(
      [targets(), targets('--inactive')],
      [
        ['sda', 'sdf', 'sdb'],
        ['sda', 'sdf', 'sdb'],
      ],
    )
    assert.equal(virsh.says('detach-disk', 'web', 'sdf', '--persistent')[0], 0)
    assert.deepEqual(
      [targets(), targets('--inactive')],
      [
        ['sda', 'sdb'],
        ['sda', 'sdb'],
      ],
    )
  } finally {
    events.end()
  }
})

test('an interface of what runs comes, moves to another network, loses its cable, and goes', () => {
  const words = ['attach-interface', 'web', 'network', 'lab', '--mac', MAC, '--model', 'virtio', '--live']
  assert.deepEqual(virsh.says(...words), [0, 'Interface attached successfully'])
  const [tap = '', , source] = rows('domiflist', 'web')[1] ?? []
  assert.deepEqual([/^vnet\d+$/.test(tap), source], [true, 'lab'])
  assert.equal(rows('domiflist', 'web', '--inactive').length, 1)

  assert.deepEqual(virsh.says('domif-getlink', 'web', tap), [0, `${tap} up`])
  assert.deepEqual(virsh.says('domif-setlink', 'web', tap, 'down'), [0, 'Device updated successfully'])
  assert.deepEqual(virsh.says('domif-getlink', 'web', MAC), [0, `${MAC} down`])
  assert.deepEqual(virsh.says('domif-setlink', 'web', MAC, 'up'), [0, 'Device updated successfully'])
  assert.deepEqual(virsh.says('domif-getlink', 'web', tap), [0, `${tap} up`])

  const other = `<interface type='network'><mac address='${MAC}'/><source network='default'/><model type='virtio'/></interface>`
  assert.deepEqual(virsh.says('update-device', 'web', file('nic.xml', other), '--live'), [
    0,
    'Device updated successfully',
  ])
  assert.equal(rows('domiflist', 'web')[1]?.[2], 'default')
  const card = other.replace('virtio', 'e1000')
  assert.match(
    virsh.says('update-device', 'web', file('nic.xml', card), '--live')[1],
    /Operation not supported: cannot modify network device model from virtio to e1000/,
  )
  assert.deepEqual(virsh.says('detach-interface', 'web', 'network', '--mac', MAC, '--live'), [
    0,
    'Interface detached successfully',
  ])
  assert.equal(rows('domiflist', 'web').length, 1)
})

test('another CD, in what runs and in the definition', () => {
  const iso = (name: string): string => `${weft.root}/${name}.iso`
  const change = (...words: string[]): readonly [number | null, string] =>
    virsh.says('change-media', 'web', 'sdb', ...words)
  assert.deepEqual(change('--eject'), [0, 'Successfully ejected media.'])
  assert.deepEqual(
    [rows('domblklist', 'web')[1], rows('domblklist', 'web', '--inactive')[1]],
    [
      ['sdb', '-'],
      ['sdb', iso('first')],
    ],
  )
  assert.deepEqual(change(iso('second'), '--insert', '--live', '--config')[0], 1)
  assert.deepEqual(change(iso('second'), '--insert'), [0, 'Successfully inserted media.'])
  assert.deepEqual(change(iso('second'), '--update', '--config'), [0, 'Successfully updated media.'])
  assert.equal(rows('domblklist', 'web', '--inactive')[1]?.[1], iso('second'))
  assert.equal(virsh.says('destroy', 'web')[0], 0)
})

const diskXml = (dev: string): string =>
  virsh
    .run('dumpxml', 'web')
    .out.split('<disk ')
    .find((text) => text.includes(`dev='${dev}'`)) ?? ''

interface Listener {
  readonly heard: () => string
  readonly end: () => void
}

function listen(): Listener {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  const child = spawn('stdbuf', ['-oL', 'virsh', '-c', uri, 'event', '--all', '--loop'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C', HOME: weft.root },
  })
  let heard = ''
  child.stdout.on('data', (piece: Buffer) => (heard += piece.toString()))
  return { heard: () => heard, end: () => child.kill('SIGKILL') }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (isSo()) return
    await setTimeout(100)
  }
  assert.fail('it never came')
}

async function guestIsUp(): Promise<void> {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  const terminal = spawn('script', ['-qfc', `virsh -c '${uri}' console web`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C', HOME: weft.root },
  })
  let seen = ''
  terminal.stdout.on('data', (piece: Buffer) => (seen += piece.toString()))
  try {
    for (let tries = 0; tries < 2400 && !seen.includes('weft-guest ready'); tries++) await setTimeout(100)
    assert.match(seen, /weft-guest ready/)
  } finally {
    terminal.kill('SIGKILL')
  }
}
