/** `weft host bridge`: confirmed it stays, unconfirmed all is as it was, whoever has died meanwhile; and what cannot be bridged is told why. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { HostBridgeView } from '../../src/api/host-views.ts'
import { run, until } from '../support/real-app.ts'
import {
  assertHangs,
  assertHeard,
  assertSoon,
  CALM,
  describeHanging,
  describeUplinks,
  makeUplinkWorld,
  NIC,
  startPings,
  whenAtRest,
} from '../support/uplink-world.ts'
import { host, newRoot, PROJECT, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
let root: string
let stopped: string[]
let onNic: string[]

before(async () => {
  makeUplinkWorld({ isLeased: false })
  await until('the NIC has its link-local address', () =>
    run('ip', 'addr', 'show', 'dev', NIC, 'scope', 'link', '-tentative').includes('fe80'),
  )
  run('busybox', 'ping', '-c1', '-W30', '192.0.2.1')
  root = newRoot()
  weft = await startWeft(root)
  stopped = await whenAtRest(describeUplinks)
  onNic = describeHanging(NIC)
})
after(async () => {
  await weft.stop()
})

const directory = (name = 'br0'): string => join(root, 'var/lib/weft/host', name)
const guardPid = (name = 'br0'): number => Number(readFileSync(join(directory(name), 'guard.pid'), 'utf8'))
const add = (...more: string[]): string => weft.ok('host', 'bridge', 'add', 'br0', '--uplink', NIC, ...more)
const list = (): HostBridgeView[] =>
  JSON.parse(weft.ok('host', 'bridge', 'list', '--json')) as HostBridgeView[]

async function assertBack(): Promise<void> {
  await assertSoon(describeUplinks, stopped)
  assert.ok(!existsSync(directory()))
}

const takenBack = (): Promise<void> => until('it is taken back', () => !existsSync(directory()))

test('the plan is a script, and showing it changes nothing', async () => {
  // Long lines are broken, wherever the root of this run makes them long.
  const script = add('--dry-run').replaceAll(' \\\n  ', ' ')
  assert.match(
    script,
    /^flock .*\/host\/br0\/lock nice -n -20 ip -batch - <<'EOF'\nlink set dev eth0 master br0$/m,
  )
  await assertBack()
})

test('confirmed, it stays; removed and confirmed, all is as before; nobody misses a packet for long', async () => {
  const calm = await startPings(CALM)
  const pings = await startPings('192.0.2.10')
  assert.match(
    weft.run(['host', 'bridge', 'add', 'br0', '--uplink', NIC, '--confirm-within', '30']).err,
    /the host moves from eth0 to br0/,
  )
  await assertHangs('br0', onNic)
  assert.deepEqual(
    list().map(({ name, uplink, isConfirmed }) => [name, uplink, isConfirmed]),
    [['br0', NIC, false]],
  )
  assert.match(weft.ok('host', 'bridge', 'list'), /br0 +eth0 +taken back in \d+ s unless confirmed/)
  const guard = guardPid()
  weft.ok('host', 'confirm')
  await until('the guard has gone', () => !existsSync(`/proc/${String(guard)}`))
  assert.match(weft.ok('host', 'bridge', 'list'), /confirmed/)
  assert.match(add(), /already/)

  host('ip', 'link', 'add', 'guest', 'type', 'veth', 'peer', 'name', 'tseug')
  host('ip', 'link', 'set', 'guest', 'master', 'br0')
  const refused = weft.run(['host', 'bridge', 'remove', 'br0'])
  assert.match(refused.err, /others are plugged into it: guest/)
  host('ip', 'link', 'delete', 'guest')

  weft.ok('host', 'bridge', 'remove', 'br0')
  await assertSoon(describeUplinks, stopped)
  weft.ok('host', 'confirm')
  await assertBack()
  assertHeard([await pings.stop()], await calm.stop())
  assert.match(weft.run(['undo']).err, /cannot be undone/)
})

test('a removal that nobody confirms is taken back: the bridge is there again as it was', async () => {
  add()
  weft.ok('host', 'confirm')
  weft.ok('host', 'bridge', 'remove', 'br0', '--confirm-within', '20')
  await until('it is taken back', () => !existsSync(directory('br0:remove')))
  await assertHangs('br0', onNic)
  assert.deepEqual(
    list().map(({ isConfirmed }) => isConfirmed),
    [true],
  )
  weft.ok('host', 'bridge', 'remove', 'br0')
  weft.ok('host', 'confirm')
  await assertBack()
})

test('weftd dies: the guard does not need it', async () => {
  add('--confirm-within', '20')
  await weft.stop('SIGKILL')
  await takenBack()
  await assertBack()
  weft = await startWeft(root)
})

test('the guard dies, and weftd with it: the next weftd takes it back', async () => {
  add('--confirm-within', '600')
  process.kill(guardPid(), 'SIGKILL')
  await weft.stop('SIGKILL')
  weft = await startWeft(root)
  await assertBack()
  assert.match(weft.log(), /nobody guards the change of 'eth0'/)
})

test('the guard dies while weftd lives: it is missed when its time has come', async () => {
  add('--confirm-within', '20')
  process.kill(guardPid(), 'SIGKILL')
  await takenBack()
  await assertBack()
})

test('the guard dies while a later weftd lives: it is missed by that, too', async () => {
  add('--confirm-within', '25')
  const guard = guardPid()
  await weft.stop('SIGKILL')
  weft = await startWeft(root)
  process.kill(guard, 'SIGKILL')
  await takenBack()
  await assertBack()
})

test('a living guard is left alone by the next weftd, and can be confirmed there', async () => {
  add('--confirm-within', '600')
  await weft.stop('SIGKILL')
  weft = await startWeft(root)
  await assertHangs('br0', onNic)
  assert.doesNotMatch(weft.log(), /nobody guards/)
  assert.match(weft.run(['host', 'bridge', 'add', 'br1', '--uplink', 'lo']).err, /itself/)
  weft.ok('host', 'confirm')
  weft.ok('host', 'bridge', 'remove', 'br0')
  weft.ok('host', 'confirm')
  await assertBack()
})

test('another address is said on the command line, and shown in the plan', async () => {
  const words = ['--address', '192.0.2.20/24', '--gateway', '192.0.2.1']
  const plan = add(...words, '--dry-run')
  assert.match(plan, /^address replace 192\.0\.2\.20\/24 dev br0 broadcast 192\.0\.2\.255 scope global$/m)
  assert.match(plan, /^# nobody on the cable of eth0 has 192\.0\.2\.20$/m)
  assert.match(add(...words, '--address', '2001:db8::20/64', '--dry-run'), /2001:db8::20\/64 dev br0/)
  await assertBack()
})

test('what cannot be bridged is told why, and what works instead', () => {
  for (const words of [
    'link add other type bridge',
    'link add plugged type veth peer name far1',
    'link set plugged master other',
    'link add sat type veth peer name far2',
    'link add link sat name sitter type macvlan mode bridge',
    'tuntap add dev loose mode tap',
    'link add leased type veth peer name far3',
    'address add 10.99.0.2/24 dev leased valid_lft 600 preferred_lft 600',
    'link add kept type veth peer name far4',
  ])
    host('ip', ...(words.split(' ') as [string, ...string[]]))
  const index = (name: string): string => readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8').trim()
  const said = (uplink: string, bridge = 'br0', ...more: string[]): string => {
    const { code, err } = weft.run(['host', 'bridge', 'add', bridge, '--uplink', uplink, ...more])
    assert.notEqual(code, 0)
    return err
  }
  const manager = join(root, 'run/NetworkManager/devices')
  const networkd = join(root, 'run/systemd/netif/links')
  for (const directory of [manager, networkd]) mkdirSync(directory, { recursive: true })

  assert.match(said('lo'), /'lo' is this host talking to itself/)
  assert.match(said('other'), /'other' is a bridge itself/)
  assert.match(said('plugged'), /'plugged' is a part of 'other' already/)
  host('ip', 'address', 'add', '10.97.0.2/24', 'dev', 'sat')
  const instead = said('sat')
  assert.match(instead, /'sat' has 'sitter' sitting on it/)
  const words =
    /weft (net macvtap direct --uplink sat --host-reach 10\.97\.0\.224\/28)/.exec(instead)?.[1] ?? ''
  assert.match(weft.ok(...words.split(' ')), /Network direct defined; now: weft net start direct/)
  assert.match(weft.ok('net', 'show', 'direct', '--yaml'), /^hostReach:\n +- 10\.97\.0\.224\/28$/m)
  weft.ok('net', 'undefine', 'direct')
  assert.match(
    weft.ok('net', 'lan', 'lan', '--uplink', 'sat', '--addresses', '10.97.0.224/28'),
    /Network lan defined; now: weft net start lan/,
  )
  const yaml = weft.ok('net', 'show', 'lan', '--yaml')
  assert.match(yaml, /^proxy:\n +- 10\.97\.0\.226-10\.97\.0\.238$/m)
  weft.ok('net', 'undefine', 'lan')
  assert.match(said('sitter'), /'sitter' sits on another card/)
  assert.match(said('loose'), /'loose' is the cable of a program/)
  assert.match(said('leased'), /10\.99\.0\.2 on 'leased' is a lease/)
  assert.match(said('nowhere'), /there is no link 'nowhere'/)
  assert.match(said(NIC, 'other'), /there is a link 'other' on this host already/)
  assert.match(said(NIC, 'a/b'), /'a\/b' cannot be the name of a link/)
  assert.match(said(NIC, 'br0', '--confirm-within', '1'), /confirmWithin/)
  assert.match(said(NIC, 'br0', '--confirm-within', 'soon'), /no time for --confirm-within/)
  assert.match(said(NIC, 'br0', '--gateway', '192.0.2.1'), /goes with an address, and none was said/)
  assert.match(said(NIC, 'br0', '--address', '192.0.2.20/24,2001:db8::20'), /'2001:db8::20' is no address/)
  assert.match(said(NIC, 'br0', '--address', 'dhcp'), /nobody would ask a DHCP server/)
  writeFileSync(join(manager, index('kept')), '[device]\nmanaged=true\n')
  assert.match(said('kept'), /NetworkManager looks after 'kept'/)
  rmSync(join(manager, index('kept')))
  writeFileSync(join(networkd, index('kept')), 'ADMIN_STATE=configured\n')
  assert.match(said('kept'), /systemd-networkd looks after 'kept'/)
  writeFileSync(join(networkd, index('kept')), 'ADMIN_STATE=unmanaged\n')
  assert.match(weft.ok('host', 'bridge', 'add', 'br9', '--uplink', 'kept', '--dry-run'), /br9/)
  assert.match(weft.run(['host', 'bridge', 'add', 'br0']).err, /which NIC .* has to be said/)
  assert.match(weft.run(['host', 'confirm']).err, /nothing waits to be confirmed/)
  assert.match(weft.run(['host', 'bridge', 'remove', 'other']).err, /weft has put no bridge 'other'/)
})

test('a reboot before anybody confirmed: what the unit runs leaves nothing of it, and touches no link', async () => {
  add('--confirm-within', '600')
  writeFileSync(join(directory(), 'armed'), 'another-boot\n')
  const unit = readFileSync(join(PROJECT, 'packaging/systemd/weft-guard.service'), 'utf8')
  const line = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(unit)?.[1] ?? ''
  const bridged = await whenAtRest(describeUplinks)
  run('sh', '-c', line.replaceAll('/var/lib/weft', join(root, 'var/lib/weft')))
  assert.ok(!existsSync(directory()))
  await assertSoon(describeUplinks, bridged)
})
