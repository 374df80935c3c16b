/** A machine's life typed at weft: created, started, its console joined and left, killed, deleted; weftd killed in between. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newRoot, PROJECT, startWeft, until, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
})
after(async () => {
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

const stateOf = (name: string): string =>
  (JSON.parse(weft.ok('vm', 'show', name, '--json')) as { state: string }).state

test('a disk and a machine are made from a few words', () => {
  assert.match(weft.ok('disk', 'create', 'web', '--size', '64M'), /^Disk web created$/m)
  assert.match(weft.ok('disk', 'list'), /^ web +qcow2 +64 MiB /m)
  const words = ['--cpus', '2', '--memory', '128M', '--disk', 'web', '--net', 'default', '--boot', 'disk,net']
  assert.match(weft.ok('vm', 'create', 'web', ...words), /^Machine web created$/m)
  assert.match(weft.ok('vm', 'list'), /^ web +stopped +2 +128 MiB +-$/m)
  const line = weft.ok('vm', 'show', 'web', '--command')
  assert.match(line, /qemu-system-x86_64 .*-smp 2.* -m /)
  assert.equal(line.trimEnd().split('\n').length, 1)
})

test('--dry-run starts nothing and prints what would be run', () => {
  assert.match(weft.ok('vm', 'start', 'web', '--dry-run'), /qemu-system-x86_64/)
  assert.equal(stateOf('web'), 'stopped')
})

test('started, it runs, has its TAP on the bridge, and outlives weftd', async () => {
  assert.match(weft.ok('vm', 'start', 'web'), /^Machine web started$/m)
  assert.match(weft.ok('bridge', 'list'), /vnet0 +machine web/)
  await weft.stop('SIGKILL')
  weft = await startWeft(weft.root)
  assert.equal(stateOf('web'), 'running')
})

test('the console is joined in a terminal, and Ctrl-] leaves it without stopping the guest', async () => {
  // script(1) gives weft a terminal of its own.
  const terminal = spawn('script', ['-qfc', `${join(PROJECT, 'bin/weft')} vm console web`, '/dev/null'], {
    env: { ...process.env, WEFT_ROOT: weft.root },
  })
  let text = ''
  let hasEnded = false
  terminal.stdout.on('data', (part) => (text += String(part)))
  // Not before all that it said is here.
  terminal.once('close', () => (hasEnded = true))
  await until(() => text.includes('Ctrl-] leaves; the guest runs on.'))
  terminal.stdin.write('\u001d')
  await until(() => hasEnded)
  assert.equal(terminal.exitCode, 0, text)
  assert.match(text, /Left the console; web runs on\./)
  assert.equal(stateOf('web'), 'running')
})

test('its screen is seen on a socket, and a picture of it is a file', () => {
  assert.match(weft.ok('vm', 'display', 'web'), /^Screen: +VNC$[\s\S]*^Socket: +\/.*\/vnc\.sock$/m)
  assert.match(weft.ok('vm', 'show', 'web'), /^Screen: +VNC$/m)
  const picture = join(weft.root, 'web.png')
  assert.match(weft.ok('vm', 'screenshot', 'web', picture), /is in .*web\.png$/m)
  assert.equal(readFileSync(picture).toString('latin1', 1, 4), 'PNG')
  assert.match(weft.run(['vm', 'screenshot', 'web', 'web.jpg']).err, /end it in \.png or \.ppm/)
})

test('what a machine uses is shown as a table, as JSON, and to Prometheus', () => {
  assert.match(
    weft.ok('vm', 'top', '--once', '--interval', '200ms'),
    /^ web +\d+ % +128 MiB +\S+( %)? +\S+ [KMG]iB /m,
  )
  const line = weft.ok('vm', 'top', 'web', '--once', '--json', '--interval', '200ms')
  const { vms } = JSON.parse(line) as {
    vms: {
      name: string
      residentBytes: number
      rates: object | null
      disks: { device: string }[]
      nics: object[]
    }[]
  }
  assert.deepEqual(
    vms.map(({ name, disks, nics }) => [name, disks.map(({ device }) => device), nics.length]),
    [['web', ['disk0'], 1]],
  )
  assert.ok((vms[0]?.residentBytes ?? 0) > 2 ** 20 && vms[0]?.rates !== null)
  const metrics = weft.ok('metrics')
  assert.match(metrics, /^weft_vm_running\{vm="web"\} 1$/m)
  assert.match(metrics, /^weft_vm_cpu_seconds_total\{vm="web"\} \d+(\.\d+)?$/m)
  assert.match(metrics, /^weft_vm_network_received_bytes_total\{vm="web",interface="vnet0"\} \d+$/m)
  assert.match(metrics, /^weft_vm_disk_written_bytes_total\{vm="web",disk="disk0"\} 0$/m)
  assert.equal(weft.run(['vm', 'top', 'nobody', '--once']).code, 3)
})

test('a program in a guest without an agent is refused with what to install', () => {
  const { code, err } = weft.run(['vm', 'exec', 'web', '--', 'uname'])
  assert.equal(code, 4)
  assert.match(err, /no agent is running in the guest[^]*qemu-guest-agent/)
  assert.equal(weft.run(['vm', 'exec', 'nobody', '--', 'uname']).code, 3)
  assert.equal(weft.run(['vm', 'exec', 'web']).code, 2)
})

test('what runs is not deleted, started twice, or parted from its disk', () => {
  assert.equal(weft.run(['vm', 'delete', 'web']).code, 4)
  assert.equal(weft.run(['disk', 'delete', 'web']).code, 4)
  assert.equal(weft.run(['disk', 'resize', 'web', '32M', '--shrink']).code, 4)
  const again = weft.run(['vm', 'start', 'web'])
  assert.match(again.out + again.err, /running/)
})

test('killed and deleted, nothing of it is left but its disk', () => {
  assert.equal(weft.ok('vm', 'kill', 'web'), 'Machine web killed\n')
  assert.equal(stateOf('web'), 'stopped')
  assert.doesNotMatch(weft.ok('bridge', 'list'), /vnet0/)
  assert.match(weft.ok('vm', 'delete', 'web'), /^Machine web deleted$/m)
  assert.equal(weft.ok('vm', 'list', '--name'), '')
  assert.equal(weft.run(['vm', 'console', 'web']).code, 3)
  weft.ok('disk', 'delete', 'web')
})
