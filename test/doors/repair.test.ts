/** weftd looks after what runs: whatever somebody takes away is noticed at once, put back, and said. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { followEvents } from '../../src/api/streams.ts'
import { describeHost, host, newRoot, runProgram, startWeft, until, type Weft } from './weft-process.ts'

/** weft promises a second; a host with much to do may be late. */
const LIMIT_MS = 60_000

let weft: Weft
let root: string
const leave = new AbortController()
const told: string[] = []

before(async () => {
  root = newRoot()
  weft = await startWeft(root)
  host('ip', 'netns', 'add', 'box')
  weft.ok('net', 'start', 'default')
  weft.ok('port', 'add', 'default', '--netns', 'box')
  const connection = { socket: weft.socket, readOnlySocket: weft.readOnlySocket, user: 'test', root }
  void followEvents(connection, (event) => told.push(Object.values(event as object).join(' ')), leave.signal)
})
after(async () => {
  leave.abort()
  weft.run(['port', 'remove', 'default', 'box'])
  weft.run(['net', 'stop', 'default'])
  await weft.stop()
  host('ip', 'netns', 'delete', 'box')
})

const pidFile = (): string => join(root, 'run/weft/networks/default/dnsmasq.pid')
/** '' between two: weft removes the file of one that has ended, and the next one writes its own. */
const dnsmasqPid = (): string => runProgram(['cat', pidFile()]).out.trim()
const runs = (pid: string): boolean => pid !== '' && runProgram(['kill', '-0', pid]).code === 0
/** A port that is plugged in again forwards a moment later. */
const isAnswered = (): Promise<void> =>
  until(() => {
    const words = ['ip', 'netns', 'exec', 'box', 'busybox', 'nslookup', 'box.', '192.168.122.1'] as const
    return /Address.* 192\.168\.122\.\d+/.test(runProgram([...words]).out)
  })

/** weftd hears the kernel's events from half a second after its start on. */
async function isHeard(): Promise<void> {
  const what = ['ip', 'address', 'flush', 'dev', 'virbr0'] as const
  host(...what)
  await until(() => host('ip', 'address', 'show', 'dev', 'virbr0').includes('192.168.122.1'), LIMIT_MS)
}

/** Kills it, and answers when another one runs. */
async function killDnsmasq(): Promise<string> {
  const pid = dnsmasqPid()
  host('kill', '-KILL', pid)
  await until(() => dnsmasqPid() !== pid && runs(dnsmasqPid()), LIMIT_MS)
  return dnsmasqPid()
}

test('dnsmasq killed: another one runs in a moment, and it is said', async () => {
  await isHeard()
  const first = await killDnsmasq()
  const second = await killDnsmasq()
  assert.notEqual(first, second)
  await isAnswered()
  assert.match(weft.log(), /dnsmasq of network 'default' has ended/)
  await until(
    () => told.includes('network default dnsmasq-ended') && told.includes('network default repaired'),
  )
  // All is well again.
  await until(() => !weft.ok('net', 'list').includes('!'))
})

test('killed while weftd was away, dnsmasq runs when weftd does', async () => {
  await weft.stop()
  const pid = dnsmasqPid()
  host('kill', '-KILL', pid)
  weft = await startWeft(root)
  await until(() => dnsmasqPid() !== pid && runs(dnsmasqPid()), LIMIT_MS)
  await isHeard()
})

const DEEDS: readonly (readonly [string, string, ...string[]])[] = [
  ['the firewall flushed', 'nft', 'flush', 'ruleset'],
  ['a rule of others in the table', 'nft', 'insert', 'rule', 'inet', 'weft', 'forward', 'drop'],
  ['forwarding turned off', 'sysctl', '-qw', 'net.ipv4.ip_forward=0'],
  ['the address removed', 'ip', 'address', 'flush', 'dev', 'virbr0'],
  ['the bridge switched off', 'ip', 'link', 'set', 'virbr0', 'down'],
  ['the bridge with another MAC', 'ip', 'link', 'set', 'virbr0', 'address', '52:54:00:99:99:99'],
  ['a plug pulled out', 'ip', 'link', 'set', 'vport0', 'nomaster'],
  ['the bridge deleted', 'ip', 'link', 'delete', 'virbr0'],
]
for (const [what, ...argv] of DEEDS)
  test(`${what}: as before in a moment`, async () => {
    // Or weft would think that somebody does it again and again.
    weft.ok('net', 'repair')
    // A bridge that is made again has another place in every list.
    const state = (): string =>
      `${describeHost()}${host('bridge', 'link').replace(/^\d+: |@\S+/gm, '')}`.split('\n').sort().join('\n')
    const before = state()
    host(...argv)
    await until(() => state() === before, LIMIT_MS).catch(() => {
      assert.equal(state(), before)
    })
    await isAnswered()
  })

test('what weft leaves alone is shown with what would put it back, and a person can ask for it', async () => {
  host('ip', 'link', 'add', 'other', 'type', 'bridge')
  host('ip', 'link', 'set', 'vport0', 'master', 'other')
  await until(
    () => weft.ok('net', 'list').includes('! default: somebody plugged vport0 into other'),
    LIMIT_MS,
  )
  assert.match(
    weft.ok('net', 'show', 'default'),
    /'weft net repair default' would run:\n(.*\n)*.* nomaster\n/,
  )
  assert.match(weft.ok('status'), /network 'default': somebody plugged vport0 into other/)
  assert.match(weft.ok('net', 'repair', '--dry-run'), /ip link set dev vport0 master virbr0/)
  assert.match(weft.ok('net', 'repair', 'default'), /Network default is again as it was started/)
  assert.match(weft.ok('net', 'repair', 'default'), /is as it was started/)
  host('ip', 'link', 'delete', 'other')
  await until(() => !weft.ok('net', 'list').includes('!'), LIMIT_MS)
})
