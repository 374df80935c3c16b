/** Every kind of change to a network that runs, with a TCP connection and pings going on: links, addresses and connections stay. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { addPort } from '../../src/app/network-ports.ts'
import { createNetwork } from '../../src/app/networks.ts'
import type { WeftEvent } from '../../src/app/event-ports.ts'
import { undoLast } from '../../src/app/history.ts'
import { updateNetwork } from '../../src/app/update-network.ts'
import { disruptionOf, type DisruptionLevel } from '../../src/core/plan/disruption.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { readNetworkUpdate } from '../../src/definition/network-entry.ts'
import { serveEcho, stopEcho } from '../support/guest-world.ts'
import { addHost, makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'

const LAB = `
name: lab
mode: nat
bridge: virbr0
address: 10.50.0.1/24
dhcp: {range: 10.50.0.100-10.50.0.199}
`
/** Another one, so that the firewall has somebody to guard throughout. */
const QUIET = 'name: quiet\nmode: isolated\nbridge: virbr1\naddress: 10.51.0.1/24\n'
const request = { by: 'test', dryRun: false }

/** What is typed after `weft net update lab`; who notices, by the plan; and whether the same dnsmasq runs afterwards. */
const CHANGES: readonly (readonly [line: string, level: DisruptionLevel, dnsmasq: 'stays' | 'restarts'])[] = [
  ['add host mac=52:54:00:00:00:07 ip=10.50.0.7 name=web', 'none', 'stays'],
  ['modify host name=web ip=10.50.0.8', 'none', 'stays'],
  ['delete host mac=52:54:00:00:00:07', 'none', 'stays'],
  ['add dns-host 10.50.0.9 printer copier', 'none', 'stays'],
  ['delete dns-host 10.50.0.9', 'none', 'stays'],
  ['add portgroup fast', 'none', 'stays'],
  ['delete portgroup fast', 'none', 'stays'],
  ['add route 10.90.0.0/16 via=10.50.0.100', 'none', 'stays'],
  ['modify route 10.90.0.0/16 via=10.50.0.101', 'none', 'stays'],
  ['delete route 10.90.0.0/16', 'none', 'stays'],
  ['add port isolated=yes', 'cut-off', 'stays'],
  ['delete port', 'none', 'stays'],
  ['modify bridge stp=off', 'none', 'stays'],
  ['modify bridge stp=on delay=4', 'none', 'stays'],
  ['modify forward ports=20000-29999', 'none', 'stays'],
  ['modify forward device=outside', 'none', 'stays'],
  ['modify forward mode=route', 'none', 'stays'],
  ['modify forward mode=open', 'none', 'stays'],
  ['modify forward mode=nat', 'none', 'stays'],
  ['add mtu 1400', 'none', 'stays'],
  ['delete mtu', 'none', 'stays'],
  ['modify forward mode=isolated', 'cut-off', 'restarts'],
  ['modify forward mode=nat', 'blip', 'restarts'],
  ['add dns-txt note value=hello', 'blip', 'restarts'],
  ['delete dns-txt note', 'blip', 'restarts'],
  ['add dns-srv service=ldap protocol=tcp target=a.example port=389', 'blip', 'restarts'],
  ['delete dns-srv service=ldap', 'blip', 'restarts'],
  ['add dns-forwarder 192.0.2.2', 'blip', 'restarts'],
  ['delete dns-forwarder 192.0.2.2', 'blip', 'restarts'],
  ['add domain lab.example', 'blip', 'restarts'],
  // What is local of itself becomes so by name.
  ['modify domain localOnly=yes', 'none', 'stays'],
  ['add range 10.50.0.210-10.50.0.219', 'blip', 'restarts'],
  ['delete range 10.50.0.210-10.50.0.219', 'blip', 'restarts'],
  ['modify range 10.50.0.50-10.50.0.199', 'blip', 'restarts'],
  ['add ip fd77:50::1/64', 'blip', 'restarts'],
  ['add ip 10.52.0.1/24', 'blip', 'restarts'],
  ['delete ip 10.52.0.1', 'cut-off', 'restarts'],
  ['delete ip fd77:50::1', 'cut-off', 'restarts'],
  ['modify ip 10.50.0.1/23', 'blip', 'restarts'],
  ['add dnsmasq-option cname=alias.lab.example,box.lab.example', 'blip', 'restarts'],
]

/** Packets that wait in a queue when it is changed are lost: TCP sends them again. */
const LIMITS: typeof CHANGES = [
  ['add bandwidth inbound=10000 outbound=10000', 'blip', 'stays'],
  ['modify bandwidth inbound=5000', 'blip', 'stays'],
  ['delete bandwidth', 'blip', 'stays'],
]

let real: RealApp
let steady: ChildProcess
const said: string[] = []
const events: WeftEvent[] = []

before(async () => {
  // With br_netfilter a network's outbound limit is refused.
  run('sysctl', '-qw', 'net.bridge.bridge-nf-call-iptables=0', 'net.bridge.bridge-nf-call-ip6tables=0')
  real = openRealApp(makeRoot())
  real.app.events.subscribe((event) => events.push(event))
  addHost('outside', '192.0.2.1/24', '192.0.2.2/24')
  // A mode without NAT has answers find their way as well.
  run('ip', '-n', 'outside', 'route', 'add', 'default', 'via', '192.0.2.1')
  for (const text of [QUIET, LAB]) await createNetwork(real.app, await readNetworkDefinition(text), request)
  run('ip', 'netns', 'add', 'box')
  await addPort(real.app, 'lab', { netns: 'box', ip: '10.50.0.60' }, request)
  await serveEcho(['', 'outside'])
  steady = spawn(
    'ip',
    [
      'netns',
      'exec',
      'box',
      process.execPath,
      join(import.meta.dirname, '../support/steady.ts'),
      '192.0.2.2',
      '10.50.0.1',
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  if (steady.stdout !== null) createInterface({ input: steady.stdout }).on('line', (line) => said.push(line))
  await until('the connection is there', () => said.includes('ready'))
})

after(() => {
  steady.kill()
  stopEcho()
  real.close()
  removeRoot(real.root)
})

interface Fare {
  readonly sent: number
  readonly echoed: number
  readonly failure: string
  readonly pings: number
  readonly lost: number
}

async function fare(): Promise<Fare> {
  const count = said.length
  steady.stdin?.write('\n')
  await until('it says how it fares', () => said.length > count)
  return JSON.parse(said.at(-1) ?? '') as Fare
}

const dnsmasq = (): string => readFileSync(`${real.root}/run/weft/networks/lab/dnsmasq.pid`, 'utf8')

/** What a guest would notice: its plug, its link and its address. */
function guestLinks(): unknown {
  const plugs = JSON.parse(run('ip', '-j', 'link', 'show', 'master', 'virbr0')) as Record<string, unknown>[]
  const inside = JSON.parse(run('ip', '-n', 'box', '-j', '-4', 'address', 'show', 'eth0')) as Record<
    string,
    unknown
  >[]
  const pick = (link: Record<string, unknown>): unknown => [
    link['ifindex'],
    link['ifname'],
    link['operstate'],
  ]
  return [plugs.map(pick), inside.map((link) => [...[pick(link)], link['addr_info']])]
}

function checkChange([line, level, expected]: (typeof CHANGES)[number]): void {
  test(`${line}: ${level}, dnsmasq ${expected}`, async () => {
    const [links, pid, { echoed }] = [guestLinks(), dnsmasq(), await fare()]
    const [command = '', section = '', ...entry] = line.split(' ')
    const update = await readNetworkUpdate({ command, section, entry })
    const { plan, result } = await updateNetwork(real.app, 'lab', update, request)

    assert.equal(result, 'updated-live')
    assert.equal(disruptionOf(plan).level, level)
    assert.equal(dnsmasq() === pid ? 'stays' : 'restarts', expected)
    assert.deepEqual(guestLinks(), links)
    await until('the connection carries on', async () => (await fare()).echoed > echoed)
    assert.equal((await fare()).failure, '')
  })
}

CHANGES.forEach(checkChange)

test('all the while no connection was reset, nothing sent was lost, and no ping was', async () => {
  const { sent } = await fare()
  await until('all that was sent has come back', async () => (await fare()).echoed >= sent)
  // One that is only late comes in the end.
  await until('every ping is answered', async () => (await fare()).lost === 0)
  const { failure, pings } = await fare()
  assert.equal(failure, '')
  assert.ok(pings > 100, `${String(pings)} pings`)
})

LIMITS.forEach(checkChange)

test('each is told as an event, and can be taken back', async () => {
  const told = events.filter((event) => event.kind === 'network' && event.what === 'updated')
  assert.equal(told.length, CHANGES.length + LIMITS.length)
  const pid = dnsmasq()
  await updateNetwork(
    real.app,
    'lab',
    await readNetworkUpdate({ command: 'add', section: 'txt', entry: ['a', 'value=b'] }),
    request,
  )
  await undoLast(real.app, request)
  assert.notEqual(dnsmasq(), pid)
  assert.doesNotMatch(readFileSync(`${real.root}/run/weft/networks/lab/dnsmasq.conf`, 'utf8'), /txt-record/)
  assert.equal((await fare()).failure, '')
})
