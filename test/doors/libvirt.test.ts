/** Stock virsh against weftd: what it prints, and how it ends. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { obeyingDisk } from '../support/boot-sector.ts'
import { newRoot, runProgram, startWeft, until, type Ran, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
})

after(() => weft.stop())

function virsh(...words: string[]): Ran {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  return runProgram(['virsh', '-c', uri, ...words], { LC_ALL: 'C', HOME: weft.root })
}

/** Without the blank lines that virsh ends with. */
const said = ({ code, out, err }: Ran): readonly [number | null, string] => [code, `${out}${err}`.trim()]

/** Each word of a table's first row that begins with this one. */
const row = ({ out }: Ran, name: string): readonly string[] | undefined =>
  out
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/))
    .find((words) => words.includes(name))

test('a network from list to list', () => {
  assert.deepEqual(row(virsh('net-list', '--all'), 'default'), ['default', 'inactive', 'no', 'yes'])
  assert.deepEqual(said(virsh('net-start', 'default')), [0, 'Network default started'])
  assert.deepEqual(row(virsh('net-list'), 'default'), ['default', 'active', 'no', 'yes'])
  assert.match(
    virsh('net-info', 'default').out,
    /^Active: +yes\nPersistent: +yes\nAutostart: +no\nBridge: +virbr0$/m,
  )
  assert.match(weft.ok('net', 'list'), /default/)
  assert.deepEqual(said(virsh('net-start', 'default')), [
    1,
    'error: Failed to start network default\nerror: Requested operation is not valid: network is already active',
  ])
  assert.deepEqual(said(virsh('net-autostart', 'default')), [0, 'Network default marked as autostarted'])
  assert.deepEqual(said(virsh('net-destroy', 'default')), [0, 'Network default destroyed'])
  assert.deepEqual(said(virsh('net-destroy', 'default')), [
    1,
    "error: Failed to destroy network default\nerror: Requested operation is not valid: network 'default' is not active",
  ])
})

test('what is not there is told in the words of libvirt', () => {
  assert.deepEqual(said(virsh('net-info', 'nope')), [
    1,
    "error: failed to get network 'nope'\nerror: Network not found: no network with matching name 'nope'",
  ])
  assert.deepEqual(said(virsh('dominfo', 'nope')), [1, "error: failed to get domain 'nope'"])
})

test('who only reads changes nothing', () => {
  const [code, text] = said(virsh('-r', 'net-start', 'default'))
  assert.equal(code, 1)
  assert.match(text, /read only access prevents virNetworkCreate/)
  assert.match(virsh('-r', 'net-list', '--all').out, /default +inactive/)
})

test('a machine from its definition by weft to its end by virsh', () => {
  weft.ok('net', 'start', 'default')
  weft.ok('vm', 'create', 'web', '--memory', '64', '--net', 'default')
  assert.deepEqual(row(virsh('list', '--all'), 'web'), ['-', 'web', 'shut off'])
  assert.deepEqual(said(virsh('start', 'web')), [0, "Domain 'web' started"])
  assert.deepEqual(row(virsh('list'), 'web'), ['1', 'web', 'running'])
  assert.match(virsh('dominfo', 'web').out, /^Id: +1$[^]*^State: +running$[^]*^Max memory: +65536 KiB$/m)
  assert.match(virsh('dumpxml', 'web').out, /^<domain type='\w+' id='1'>\n {2}<name>web<\/name>/)
  assert.deepEqual(said(virsh('suspend', 'web')), [0, "Domain 'web' suspended"])
  assert.deepEqual(said(virsh('domstate', '--reason', 'web')), [0, 'paused (user)'])
  assert.deepEqual(said(virsh('resume', '1')), [0, "Domain '1' resumed"])
  assert.deepEqual(said(virsh('start', 'web')), [1, 'error: Domain is already active'])
  assert.deepEqual(said(virsh('destroy', 'web')), [0, "Domain 'web' destroyed"])
  assert.deepEqual(said(virsh('undefine', 'web')), [0, "Domain 'web' has been undefined"])
  assert.doesNotMatch(weft.ok('vm', 'list'), /web/)
})

test('a definition goes in as XML and comes out again, under its name and its UUID', () => {
  const uuid = '11111111-2222-4333-8444-555555555555'
  const xml = `<network><name>lab</name><uuid>${uuid}</uuid><bridge name='virbr9'/><ip address='10.44.0.1' prefix='24'/></network>`
  const define = (text: string): Ran => {
    const file = `${weft.root}/net.xml`
    runProgram(['tee', file], {}, text)
    return virsh('net-define', file)
  }
  assert.deepEqual(said(define(xml)), [0, `Network lab defined from ${weft.root}/net.xml`])
  assert.deepEqual(said(virsh('net-name', uuid)), [0, 'lab'])
  assert.deepEqual(said(virsh('net-uuid', 'lab')), [0, uuid])
  assert.match(virsh('net-dumpxml', 'lab').out, /<ip address='10\.44\.0\.1' prefix='24'>/)
  const [code, text] = said(define('<network><name>lab</name><ip address="10.44.0.300"/></network>'))
  assert.equal(code, 1)
  assert.match(text, /XML error: .*10\.44\.0\.300/)
  assert.deepEqual(said(virsh('net-undefine', 'lab')), [0, 'Network lab has been undefined'])
})

test('who listens hears of networks, pools and machines as they come and go, whoever did it', async () => {
  const networks = listen('net-event', '--event', 'lifecycle')
  const machines = listen('event', '--all')
  const pools = listen('pool-event', '--pool', 'default', '--event', 'lifecycle')
  weft.run(['net', 'stop', 'default'])
  weft.ok('vm', 'create', 'ear', '--memory', '64')
  try {
    // When virsh has registered is its own affair: everything is done until it has been told.
    for (let tries = 0; tries < 20 && !hasHeard(); tries++) {
      weft.ok('net', 'start', 'default')
      weft.ok('net', 'stop', 'default')
      weft.ok('pool', 'define', 'other', '--path', `${weft.root}/other`)
      weft.ok('pool', 'undefine', 'other')
      weft.ok('pool', 'stop', 'default')
      weft.ok('pool', 'start', 'default')
      weft.ok('vm', 'start', 'ear')
      weft.ok('vm', 'pause', 'ear')
      virsh('destroy', 'ear')
      // All of the above blocks: what they have said is read now.
      await setTimeout(50)
    }
    for (const line of OF_NETWORKS) assert.match(networks.heard(), line)
    for (const line of OF_POOLS) assert.match(pools.heard(), line)
    assert.doesNotMatch(pools.heard(), /other/, 'only of the one that was asked for')
    for (const line of OF_MACHINES) assert.match(machines.heard(), line)
  } finally {
    for (const { end } of [networks, pools, machines]) end()
  }
  /** All of it: whoever registers half-way through a round has only its end. */
  function hasHeard(): boolean {
    return (
      OF_NETWORKS.every((line) => line.test(networks.heard())) &&
      OF_POOLS.every((line) => line.test(pools.heard())) &&
      OF_MACHINES.every((line) => line.test(machines.heard()))
    )
  }
})

const OF_NETWORKS = [/event 'lifecycle' for network default: Started\n[^]*default: Stopped\n/]
const OF_POOLS = [/event 'lifecycle' for storage pool default: Stopped\n[^]*default: Started\n/]
const OF_MACHINES = [
  /event 'lifecycle' for domain 'ear': Started Booted\n/,
  /for domain 'ear': Suspended Paused\n/,
  /for domain 'ear': Stopped Destroyed\n/,
]

interface Listener {
  readonly heard: () => string
  readonly end: () => void
}

function listen(...words: string[]): Listener {
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  const child = spawn('stdbuf', ['-oL', 'virsh', '-c', uri, ...words, '--loop'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C', HOME: weft.root },
  })
  let heard = ''
  child.stdout.on('data', (piece: Buffer) => (heard += piece.toString()))
  return { heard: () => heard, end: () => child.kill('SIGKILL') }
}

test('the console is a stream both ways, and a picture of the screen one down', async () => {
  writeFileSync(`${weft.root}/obeys.img`, obeyingDisk())
  weft.ok('disk', 'import', 'obeys', `${weft.root}/obeys.img`)
  weft.ok('vm', 'create', 'obeys', '--memory', '64', '--disk', 'obeys')
  weft.ok('vm', 'start', 'obeys')
  const uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  const terminal = spawn('script', ['-qfc', `virsh -c '${uri}' console obeys`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C', HOME: weft.root },
  })
  let seen = ''
  const ended = once(terminal, 'exit')
  terminal.stdout.on('data', (piece: Buffer) => (seen += piece.toString()))
  const picture = `${weft.root}/screen.png`
  try {
    for (let tries = 0; tries < 2400 && !/up\r?\n/.test(seen); tries++) await setTimeout(100)
    assert.match(seen, /Connected to domain 'obeys'[^]*up/)
    assert.match(virsh('screenshot', 'obeys', picture).out, /Screenshot saved to .*, with type of image\/png/)
    assert.equal(readFileSync(picture).subarray(1, 4).toString(), 'PNG')
    // It powers itself off, and the console ends by itself.
    terminal.stdin.write('o')
    await Promise.race([ended, setTimeout(60_000, undefined, { ref: false })])
    assert.notEqual(terminal.exitCode, null)
    // Its console may end a moment before its monitor does.
    await until(() => virsh('domstate', 'obeys').out.trim() === 'shut off')
  } finally {
    terminal.kill('SIGKILL')
  }
})

test('the host, its pools and their volumes', () => {
  assert.match(virsh('nodeinfo').out, /^CPU model: +x86_64\nCPU\(s\): +\d+$/m)
  assert.match(virsh('nodecpumap').out, /^CPUs present: +\d+\nCPUs online: +\d+$/m)
  assert.match(
    virsh('capabilities').out,
    /<arch name='x86_64'>[^]*<machine>pc-q35-[\d.]+<\/machine>[^]*<domain type='qemu'\/>/,
  )
  assert.match(virsh('version').out, /^Running hypervisor: QEMU \d+\.\d+\.\d+$/m)
  weft.ok('disk', 'create', 'data', '--size', '64M')
  assert.deepEqual(row(virsh('pool-list'), 'default'), ['default', 'active', 'yes'])
  assert.match(virsh('pool-info', 'default').out, /^State: +running\nPersistent: +yes\nAutostart: +yes$/m)
  const path = `${weft.root}/var/lib/weft/disks/data.qcow2`
  assert.deepEqual(row(virsh('vol-list', 'default'), 'data.qcow2'), ['data.qcow2', path])
  assert.match(virsh('vol-info', 'data.qcow2', 'default').out, /^Type: +file\nCapacity: +64\.00 MiB$/m)
  assert.deepEqual(said(virsh('vol-pool', path)), [0, 'default'])
  assert.match(virsh('vol-dumpxml', path).out, /<format type='qcow2'\/>/)
  assert.deepEqual(said(virsh('vol-delete', 'data.qcow2', 'default')), [0, 'Vol data.qcow2 deleted'])
  assert.doesNotMatch(weft.ok('disk', 'list'), /data/)
})

test('a reservation is added while the network runs, and leases are listed', () => {
  weft.run(['net', 'start', 'default'])
  const host = "<host mac='52:54:00:00:00:42' ip='192.168.122.42'/>"
  assert.deepEqual(said(virsh('net-update', 'default', 'add', 'ip-dhcp-host', host, '--live', '--config')), [
    0,
    'Updated network default persistent config and live state',
  ])
  assert.match(virsh('net-dumpxml', 'default').out, /<host mac='52:54:00:00:00:42' ip='192\.168\.122\.42'\/>/)
  assert.match(virsh('net-dhcp-leases', 'default').out, /Expiry Time +MAC address/)
  assert.equal(virsh('net-update', 'default', 'add', 'ip-dhcp-host', host, '--live').code, 1)
})
