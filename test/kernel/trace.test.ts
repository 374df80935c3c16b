/** The path of packets that really go, beside what becomes of them: dropped by a stranger, by weft, translated, and of none that came. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { addNetworkRule, removeNetworkRule } from '../../src/app/firewall.ts'
import { defineFilter, undefineFilter } from '../../src/app/filters.ts'
import { recover } from '../../src/app/recover.ts'
import { tracePacket, type Trace } from '../../src/app/trace.ts'
import { formatTrace } from '../../src/cli/views/trace.ts'
import { traceHandlers } from '../../src/http/handlers/trace.ts'
import { FOREIGN_SETS } from '../support/foreign-sets.ts'
import { readFilterXml } from '../../src/libvirt/xml/filter.ts'
import { holdPort } from '../support/hold-port.ts'
import { dieAt } from '../support/mortal-weft.ts'
import {
  addressOf,
  BY,
  closePublishWorld,
  FAR,
  openPublishWorld,
  OUTSIDE,
  publishPorts,
  SERVED,
  UPLINK,
} from '../support/publish-world.ts'
import { run } from '../support/real-app.ts'
import type { World } from '../support/reach-world.ts'
import { buildApp } from '../../src/daemon/build-app.ts'

let world: World

before(async () => {
  world = await openPublishWorld()
  run('ip', 'route', 'add', 'default', 'via', FAR.v4)
})

after(() => closePublishWorld(world))

const trace = (from: string, to: string, port?: number, more = {}): Promise<Trace> =>
  tracePacket(world.real.app, { ...BY, from, to, port, ...more })

function owners({ path, owned }: Trace): string[] {
  return path.hops.flatMap(({ rules }) => rules.map((rule) => `${rule.chain}: ${owned(rule).owner}`))
}

const tables = (): string => run('nft', 'list', 'tables')

test('a packet that leaves through NAT', async () => {
  const found = await trace('web', FAR.v4)
  assert.equal(found.by, 'kernel')
  assert.equal(found.path.verdict, 'accept')
  assert.deepEqual(found.end.end, { to: 'device', device: OUTSIDE })
  const last = found.path.hops.at(-1)
  assert.equal(last?.place, 'postrouting')
  assert.ok(owners(found).includes("source_nat: weft: network 'lab'"), owners(found).join('\n'))
  assert.doesNotMatch(tables(), /weft_trace/)
})

test('a packet to a published port comes out with another target', async () => {
  await publishPorts(world, 'web', `8080:${String(SERVED)}`)
  const found = await trace('stranger', UPLINK.v4, 8080)
  assert.equal(found.by, 'kernel')
  assert.equal(found.path.verdict, 'accept')
  const forward = found.path.hops.find(({ place }) => place === 'forward')
  assert.deepEqual([forward?.packet.destination, forward?.packet.destinationPort], [addressOf('web'), SERVED])
  assert.ok(owners(found).includes('publish: weft: published port 8080/tcp'), owners(found).join('\n'))
})

test('a packet that a stranger drops', async () => {
  const { load, unload } = FOREIGN_SETS['Docker'] ?? { load: '', unload: '' }
  execFileSync('sh', ['-ec', load], { stdio: 'ignore' })
  const found = await trace('web', FAR.v4, 443)
  execFileSync('sh', ['-ec', unload])
  const { decisive, verdict } = found.path
  assert.deepEqual(
    [found.by, verdict, decisive?.table, decisive?.text],
    ['kernel', 'drop', 'filter', 'policy drop'],
  )
  assert.ok(decisive)
  assert.equal(found.owned(decisive).owner, 'Docker')
})

test('a packet that the network filter of its NIC drops', async () => {
  const { app } = world.real
  const text =
    "<filter name='no-mail'><rule action='drop' direction='out'><tcp dstportstart='25'/></rule></filter>"
  const filter = await readFilterXml(text)
  assert.ok(!('wrong' in filter))
  await defineFilter(app, { ...filter, uuid: '11111111-2222-4333-8444-555555555555' }, BY)
  await holdPort(app, 'lab', 'web', { name: 'no-mail' })
  try {
    const passed = await trace('web', FAR.v4, 443)
    assert.equal(passed.path.verdict, 'accept')
    const found = await trace('web', FAR.v4, 25)
    const { decisive, verdict } = found.path
    assert.deepEqual([found.by, verdict], ['kernel', 'drop'])
    assert.ok(decisive)
    assert.match(found.owned(decisive).owner, /^weft: network filter 'no-mail' of '\S+' in 'lab'$/)
    assert.equal(found.owned(decisive).remedy, 'virsh nwfilter-dumpxml no-mail')
  } finally {
    await holdPort(app, 'lab', 'web', undefined)
  }
  await undefineFilter(app, 'no-mail', BY)
})

test('rules of iptables-legacy, of which the kernel tells nothing: one that drops, one that lets pass', async () => {
  const rule = (what: string, ...words: string[]): string => run('iptables-legacy', '-w', what, ...words)
  const passing = ['FORWARD', '-o', OUTSIDE, '-p', 'tcp', '--dport', '443', '-j', 'ACCEPT']
  const dropping = ['FORWARD', '-o', OUTSIDE, '-p', 'udp', '--dport', '53', '-j', 'DROP']
  try {
    for (const words of [passing, dropping]) rule('-A', ...words)
    const passed = await trace('web', FAR.v4, 443)
    assert.deepEqual([passed.by, passed.path.verdict], ['kernel', 'accept'])
    assert.ok(owners(passed).includes('FORWARD: iptables'), owners(passed).join('\n'))
    assert.match(passed.notes.join(), /iptables-legacy came into it/)
    const dropped = await trace('web', FAR.v4, 53, { protocol: 'udp' })
    const { decisive, verdict, hops } = dropped.path
    assert.deepEqual([dropped.by, verdict, hops.at(-1)?.place], ['kernel', 'drop', 'forward'])
    assert.deepEqual(
      [decisive?.table, decisive?.handle, decisive?.text],
      ['filter (iptables-legacy)', 2, '-A FORWARD -o outside -p udp -m udp --dport 53 -j DROP'],
    )
    assert.ok(decisive)
    assert.equal(dropped.owned(decisive).remedy, 'iptables-legacy -t filter -S FORWARD')
    assert.match(dropped.notes.join(), /iptables-legacy came into it/)
  } finally {
    rule('-F', 'FORWARD')
  }
  const after = await trace('web', FAR.v4, 53, { protocol: 'udp' })
  assert.deepEqual([after.path.verdict, after.notes], ['accept', []])
})

test('packets that weft refuses and drops', async () => {
  const isolated = await trace('web', addressOf('hermit'))
  assert.equal(isolated.path.verdict, 'reject')
  const rule = 'deny out udp to 192.0.2.0/24'
  await addNetworkRule(world.real.app, 'lab', { guest: 'web', rule }, BY)
  const denied = await trace('web', FAR.v4, 53, { protocol: 'udp' })
  await removeNetworkRule(world.real.app, 'lab', { guest: 'web', which: rule }, BY)
  assert.deepEqual([denied.by, denied.path.verdict], ['kernel', 'drop'])
  assert.ok(denied.path.decisive)
  assert.equal(denied.owned(denied.path.decisive).owner, "weft: rules (out) of 'web' in 'lab'")
})

test('by IPv6: guests are found by their addresses, and packets pass, are translated, and are dropped', async () => {
  const out = await trace('fd09::11', FAR.v6)
  assert.deepEqual([out.from.name, out.from.plug?.guest, out.from.address], ['web', 'web', 'fd09::11'])
  assert.deepEqual(
    [out.by, out.path.verdict, out.end.end],
    ['kernel', 'accept', { to: 'device', device: OUTSIDE }],
  )
  assert.ok(owners(out).includes("source_nat6: weft: network 'lab'"), owners(out).join('\n'))
  const beside = await trace('fd09::12', 'fd09::11', SERVED)
  assert.deepEqual([beside.from.name, beside.to.name], ['sibling', 'web'])
  assert.deepEqual([beside.by, beside.path.verdict], ['kernel', 'accept'])
  const inwards = await trace('host', 'fd09::11', SERVED)
  assert.deepEqual([inwards.by, inwards.path.verdict, inwards.to.name], ['kernel', 'accept', 'web'])

  const drop = ['FORWARD', '-s', 'fd09::11', '-p', 'tcp', '--dport', '443', '-j', 'DROP']
  for (const [program, table] of [
    ['ip6tables-nft', 'filter'],
    ['ip6tables-legacy', 'filter (ip6tables-legacy)'],
  ] as const) {
    run(program, '-w', '-A', ...drop)
    const dropped = await trace('fd09::11', FAR.v6, 443).finally(() => run(program, '-w', '-D', ...drop))
    const { decisive, verdict } = dropped.path
    assert.deepEqual(
      [dropped.by, verdict, decisive?.family, decisive?.table, decisive?.chain],
      ['kernel', 'drop', 'ip6', table, 'FORWARD'],
    )
    assert.ok(decisive)
    assert.equal(dropped.owned(decisive).owner, 'iptables')
  }
  run('nft', 'delete', 'table', 'ip6', 'filter')

  const rule = 'deny out udp to fd02::/64'
  await addNetworkRule(world.real.app, 'lab', { guest: 'web', rule }, BY)
  const denied = await trace('fd09::11', FAR.v6, 53, { protocol: 'udp' })
  await removeNetworkRule(world.real.app, 'lab', { guest: 'web', which: rule }, BY)
  assert.deepEqual([denied.by, denied.path.verdict], ['kernel', 'drop'])
  assert.ok(denied.path.decisive)
  assert.equal(denied.owned(denied.path.decisive).owner, "weft: rules (out) of 'web' in 'lab'")
})

test('from this host, and from outside where somebody has to send it', async () => {
  const own = await trace('host', addressOf('web'), SERVED)
  assert.deepEqual([own.by, own.path.verdict], ['kernel', 'accept'])
  const none = await trace('outside', UPLINK.v4, 8080, { waitSeconds: 1 })
  assert.deepEqual([none.by, none.path.verdict], ['computed', 'accept'])
  assert.match(none.notes.join(), /no such packet came; type in 'outside'/)
  const waited = trace('outside', UPLINK.v4, 8080, { waitSeconds: 30 })
  const knock = setInterval(() => {
    try {
      run('ip', 'netns', 'exec', OUTSIDE, 'timeout', '1', 'bash', '-c', `: <> /dev/tcp/${UPLINK.v4}/8080`)
    } catch {
      // Whether anybody answers does not matter.
    }
  }, 300)
  const seen = await waited.finally(() => {
    clearInterval(knock)
  })
  assert.deepEqual([seen.by, seen.path.verdict], ['kernel', 'accept'])
})

test('what is said fits a terminal, and names the rule that ended it', async () => {
  const body = { from: 'web', to: 'hermit', computed: false }
  const call = { app: world.real.app, body, params: {}, query: {}, request: BY } as never
  const text = formatTrace(await traceHandlers.trace(call))
  assert.match(text, /^web \(10\.9\.0\.\d+\) → hermit \(10\.9\.2\.\d+\), icmp\nAs the kernel decided it\.\n/)
  assert.match(text, /It is refused by chain '\w+' of table 'inet weft'/)
  for (const line of text.split('\n')) assert.ok(Array.from(line).length <= 80, line)
})

test('a weftd that dies meanwhile leaves no table behind', async () => {
  for (const when of ['before', 'after'] as const) {
    const built = buildApp(world.real.root, () => undefined)
    const death = await dieAt(built, [0, when], (app) => tracePacket(app, { ...BY, from: 'web', to: FAR.v4 }))
    assert.equal(death.isDead, true)
    await recover(death.built.app)
    assert.doesNotMatch(tables(), /weft_trace/)
    death.built.close()
  }
})
