/** What stock virsh asks of a guest: its agent answers, dnsmasq's leases, this host's neighbour table. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { guestDraft, guestImage } from '../guest/weft-world.ts'
import { START_AGENT, withAgent } from '../support/agent-image.ts'
import { newRoot, runProgram, startWeft, until, type Ran, type Weft } from './weft-process.ts'

let weft: Weft
let uri: string
let type: (text: string) => void
let seen = ''
let leave = (): void => undefined

before(async () => {
  weft = await startWeft(newRoot())
  uri = `qemu+unix:///system?socket=${weft.root}/run/weft/libvirt-sock`
  const image = await withAgent(await guestImage(weft.root), weft.root)
  const { kernel = '', initrd = '', append = '' } = guestDraft('web', image)
  weft.ok('net', 'start', 'default')
  const boot = ['--kernel', kernel, '--initrd', initrd, '--append', append]
  weft.ok('vm', 'create', 'web', '--cpus', '2', '--memory', '192', '--net', 'default', ...boot)
  weft.ok('vm', 'start', 'web')
  const terminal = spawn('script', ['-qfc', `virsh -c '${uri}' console web`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LC_ALL: 'C', HOME: weft.root },
  })
  terminal.stdout.on('data', (piece: Buffer) => (seen += piece.toString()))
  leave = () => terminal.kill('SIGKILL')
  type = (text) => terminal.stdin.write(`${text}\n`)
  await until(() => seen.includes('weft-guest ready'), 240_000)
})

after(async () => {
  leave()
  weft.run(['vm', 'kill', 'web'])
  await weft.stop()
})

function virsh(...words: string[]): Ran {
  return runProgram(['virsh', '-c', uri, ...words], { LC_ALL: 'C', HOME: weft.root })
}

const said = ({ code, out, err }: Ran): readonly [number | null, string] => [code, `${out}${err}`.trim()]

test('addresses by the leases and by the neighbour table', () => {
  const byLease = virsh('domifaddr', 'web').out
  assert.match(byLease, /^ vnet0 +52:54:00:[\da-f:]{8} +ipv4 +192\.168\.122\.\d+\/24$/m)
  const ip = /192\.168\.122\.\d+/.exec(byLease)?.[0] ?? ''
  runProgram(['busybox', 'ping', '-c', '1', '-W', '30', ip])
  assert.match(virsh('domifaddr', 'web', '--source', 'arp').out, new RegExp(`vnet0 .*ipv4 +${ip}/0$`, 'm'))
  assert.deepEqual(said(virsh('domhostname', 'web', '--source', 'lease')), [0, 'web'])
})

test('without an agent every question for it is refused in the words of libvirt', () => {
  const refusal = 'Guest agent is not responding: QEMU guest agent is not connected'
  for (const words of [
    ['domfsinfo', 'web'],
    ['domtime', 'web'],
    ['guestinfo', 'web'],
    ['domfsfreeze', 'web'],
    ['domfstrim', 'web'],
    ['domhostname', 'web'],
    ['set-user-password', 'web', 'root', 'x'],
    ['domifaddr', 'web', '--source', 'agent'],
    ['guestvcpus', 'web'],
    ['vcpucount', 'web', '--guest'],
    ['dompmsuspend', 'web', 'mem'],
  ])
    assert.match(said(virsh(...words))[1], new RegExp(`${refusal}$`), words.join(' '))
})

test('with one they are answered by the guest', async () => {
  // The agent sets the clock of the board by this program, which the guest does not have.
  type("mkdir -p /sbin; printf '#!/bin/sh\\nexit 0\\n' >/sbin/hwclock; chmod +x /sbin/hwclock")
  type(START_AGENT)
  await until(() => virsh('domhostname', 'web').code === 0, 240_000)
  assert.deepEqual(said(virsh('domhostname', 'web')), [0, 'web'])
  const loopback = /^ lo +00:00:00:00:00:00 +ipv4 +127\.0\.0\.1\/8$/m
  // An agent without KVM may be later than somebody who only looks waits for it.
  await until(() => loopback.test(virsh('domifaddr', 'web', '--source', 'agent', '--full').out))
  const time = Number(/Time: (\d+)/.exec(virsh('domtime', 'web').out)?.[1])
  assert.ok(time > 1_600_000_000, String(time))
  assert.deepEqual(said(virsh('domtime', 'web', '--time', '1700000000')), [0, ''])
  const then = Number(/Time: (\d+)/.exec(virsh('domtime', 'web').out)?.[1])
  assert.ok(then >= 1_700_000_000 && then < 1_700_001_000, String(then))
  const info = virsh('guestinfo', 'web').out
  assert.match(info, /^os\.kernel-release\s+: \d+\./m)
  assert.match(info, /^hostname\s+: web$/m)
  assert.match(info, /^if\.count\s+: \d+$/m)
  assert.match(info, /^if\.0\.addr\.0\.addr\s+: 127\.0\.0\.1$/m)
})

test("the guest's processors are told, and taken from it one by one", () => {
  assert.match(virsh('guestvcpus', 'web').out, /^vcpus\s+: 0-1\nonline\s+: 0-1\nofflinable\s+: 1$/m)
  assert.deepEqual(said(virsh('vcpucount', 'web', '--guest')), [0, '2'])
  assert.deepEqual(said(virsh('guestvcpus', 'web', '1', '--disable')), [0, ''])
  assert.match(virsh('guestvcpus', 'web').out, /^online\s+: 0$/m)
  assert.deepEqual(said(virsh('setvcpus', 'web', '2', '--guest')), [0, ''])
  assert.deepEqual(said(virsh('vcpucount', 'web', '--guest')), [0, '2'])
  assert.match(
    said(virsh('guestvcpus', 'web', '7', '--disable'))[1],
    /invalid argument: guest is missing vCPU '7'/,
  )
})

test('a guest is put to sleep and woken', async () => {
  assert.match(said(virsh('dompmwakeup', 'web'))[1], /domain is not suspended/)
  const [code, told] = said(virsh('dompmsuspend', 'web', 'mem'))
  assert.deepEqual([code, told], [0, "Domain 'web' successfully suspended"])
  await until(() => virsh('domstate', 'web').out.trim() === 'pmsuspended')
  assert.deepEqual(said(virsh('dompmwakeup', 'web')), [0, "Domain 'web' successfully woken up"])
  await until(() => virsh('domstate', 'web').out.trim() === 'running')
})
