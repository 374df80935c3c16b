/** Published ports with real packets: from outside, from this host, from neighbours, from the guest itself, and who sees whom. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { deleteVm } from '../../src/app/delete-vm.ts'
import { undoLast } from '../../src/app/history.ts'
import { startNetwork, stopNetwork } from '../../src/app/networks.ts'
import { listPublished, unpublish } from '../../src/app/publish.ts'
import { repairNetworks } from '../../src/app/repair.ts'
import type { WeftError } from '../../src/core/errors.ts'
import {
  addressOf,
  BY,
  call,
  closePublishWorld,
  FAR,
  openPublishWorld,
  OUTSIDE,
  publishPorts,
  SERVED,
  switchBridgeFilter,
  UPLINK,
  type Guest,
} from '../support/publish-world.ts'
import { run } from '../support/real-app.ts'
import type { World } from '../support/reach-world.ts'
import { HOST } from '../support/witnesses.ts'

let world: World

before(async () => {
  world = await openPublishWorld()
})

after(() => closePublishWorld(world))

test('nobody comes in before a port is published, and nobody new after', async () => {
  const ask = (): Promise<string> => call(world, OUTSIDE, UPLINK.v4, 8001)
  const before = await ask()
  await publishPorts(world, 'web', `8001:${String(SERVED)}`)
  const published = await ask()
  await unpublish(world.real.app, 'web', ['8001'], BY)
  assert.deepEqual([before, published, await ask()], ['reject', `web saw ${FAR.v4}`, 'reject'])
})

test('with br_netfilter neighbours and others come in as well', async (t) => {
  if (!switchBridgeFilter('1')) {
    t.skip('this kernel has no br_netfilter')
    return
  }
  await publishPorts(world, 'web', `8002:${String(SERVED)}`)
  const ask = (from: string): Promise<string> => call(world, from, UPLINK.v4, 8002)
  const told = [await ask(OUTSIDE), await ask('sibling'), await ask('stranger')]
  switchBridgeFilter('0')
  await unpublish(world.real.app, 'web', [], BY)
  assert.deepEqual(
    told.map((each) => each.split(' ')[0]),
    ['web', 'web', 'web'],
  )
})

test('the same port from everywhere, and the guest sees who calls', async () => {
  await publishPorts(world, 'web', `8080:${String(SERVED)}`, `8080:${String(SERVED)}/udp`)
  for (const how of ['tcp', 'udp'] as const) {
    const ask = (from: string, to: string): Promise<string> => call(world, from, to, 8080, how)
    assert.deepEqual(
      {
        outside: await ask(OUTSIDE, UPLINK.v4),
        'this host by its own address': await ask(HOST, UPLINK.v4),
        "this host by the network's": await ask(HOST, '10.9.0.1'),
        'this host by 127.0.0.1': await ask(HOST, '127.0.0.1'),
        'a neighbour': await ask('sibling', UPLINK.v4),
        'a neighbour by the gateway': await ask('sibling', '10.9.0.1'),
        'the guest itself': await ask('web', UPLINK.v4),
        'a guest of another network': await ask('stranger', UPLINK.v4),
        'a guest that is routed': await ask('routed', UPLINK.v4),
        'a guest of an isolated network': await ask('hermit', '10.9.2.1'),
      },
      {
        outside: `web saw ${FAR.v4}`,
        'this host by its own address': `web saw ${UPLINK.v4}`,
        "this host by the network's": 'web saw 10.9.0.1',
        'this host by 127.0.0.1': 'web saw 10.9.0.1',
        'a neighbour': 'web saw 10.9.0.1',
        'a neighbour by the gateway': 'web saw 10.9.0.1',
        'the guest itself': 'web saw 10.9.0.1',
        'a guest of another network': `web saw ${addressOf('stranger')}`,
        'a guest that is routed': `web saw ${addressOf('routed')}`,
        'a guest of an isolated network': 'reject',
      },
      how,
    )
  }
  await unpublish(world.real.app, 'web', [], BY)
})

test('both families, ranges, one address, and who may', async () => {
  const { app } = world.real
  const ports = [
    `8100-8102:${String(SERVED)}-${String(SERVED + 2)}`,
    `${UPLINK.second}:8200:${String(SERVED + 3)}`,
    `8300:${String(SERVED + 4)},from=${FAR.v4}`,
    `8301:${String(SERVED + 5)},from=198.51.100.0/24`,
    `8302:${String(SERVED + 6)},from=lan`,
    `127.0.0.1:8400:${String(SERVED)}`,
  ]
  await publishPorts(world, 'web', ...ports)
  const ask = (from: string, to: string, port: number): Promise<string> => call(world, from, to, port)
  assert.deepEqual(
    [
      await ask(OUTSIDE, UPLINK.v6, 8100),
      await ask(HOST, UPLINK.v6, 8100),
      await ask('sibling', UPLINK.v6, 8100),
      await ask(OUTSIDE, UPLINK.v4, 8102),
      await ask(OUTSIDE, UPLINK.v4, 8103),
      await ask(OUTSIDE, UPLINK.second, 8200),
      await ask(OUTSIDE, UPLINK.v4, 8200),
      await ask(OUTSIDE, UPLINK.v4, 8300),
      await ask(OUTSIDE, UPLINK.v4, 8301),
      await ask(HOST, UPLINK.v4, 8301),
      await ask(OUTSIDE, UPLINK.v4, 8302),
      await ask('stranger', UPLINK.v4, 8302),
      await ask(OUTSIDE, UPLINK.v4, 8400),
      await ask(HOST, '127.0.0.1', 8400),
    ],
    [
      `web saw ${FAR.v6}`,
      `web saw ${UPLINK.v6}`,
      'web saw fd09::1',
      `web saw ${FAR.v4}`,
      'reject',
      `web saw ${FAR.v4}`,
      'reject',
      `web saw ${FAR.v4}`,
      'reject',
      `web saw ${UPLINK.v4}`,
      'reject',
      `web saw ${addressOf('stranger')}`,
      'reject',
      'web saw 10.9.0.1',
    ],
  )
  assert.deepEqual(
    (await listPublished(app, 'web')).map(({ word }) => word),
    ports,
  )
  await unpublish(app, 'web', [], BY)
  assert.deepEqual(await listPublished(app), [])
})

test('what listens at 127.0.0.1 stays out of the reach of guests', async () => {
  await publishPorts(world, 'web', `8500:${String(SERVED)}`)
  // A guest that sends packets for 127.0.0.1 to its gateway.
  const gateway = ['route', 'replace', '127.0.0.9/32', 'via', '10.9.0.1', 'dev', 'eth0', 'table', 'local']
  run('ip', '-n', 'sibling', ...gateway)
  run('ip', 'netns', 'exec', 'sibling', 'sysctl', '-q', '-w', 'net.ipv4.conf.all.route_localnet=1')
  assert.equal(isLocalnet(), true)
  const ask = (port: number): Promise<string> => call(world, 'sibling', '127.0.0.9', port)
  const told = [await ask(SERVED), await ask(8500)]
  // Without the rule it would be to be had: that is what it is for.
  run('nft', 'flush', 'chain', 'inet', 'weft', 'input')
  told.push(await ask(SERVED))
  await repairNetworks(world.real.app)
  run('ip', '-n', 'sibling', 'route', 'delete', '127.0.0.9/32', 'table', 'local')
  await unpublish(world.real.app, 'web', [], BY)
  assert.deepEqual(told, ['drop', 'drop', `host saw ${addressOf('sibling')}`])
  assert.equal(isLocalnet(), false)
})

const isLocalnet = (): boolean =>
  run('sh', '-c', 'cat /proc/sys/net/ipv4/conf/virbr*/route_localnet').includes('1')

test('whoever has a port already is named, and nothing is changed', async () => {
  const { app } = world.real
  await publishPorts(world, 'web', `8600:${String(SERVED)}`)
  run('nft', 'add table ip mine; add chain ip mine pre { type nat hook prerouting priority -100; }')
  run('nft', 'add rule ip mine pre tcp dport 8601 dnat to 10.0.0.1:80')
  // Tables that nft does not show.
  const old = '-w -t nat -A PREROUTING -p tcp -m tcp --dport 8610:8612 -j DNAT --to-destination 10.0.0.1'
  run('iptables-legacy', '-w', '-t', 'nat', '-N', 'DOCKER')
  run('iptables-legacy', ...old.replace('PREROUTING', 'DOCKER').split(' '))
  run('ip6tables-legacy', ...old.replace('8610:8612', '8613').replace('10.0.0.1', '2001:db8::1').split(' '))
  const before = run('nft', 'list', 'table', 'inet', 'weft')
  const port = `${String(SERVED)}:${String(SERVED)}`
  const refusals: readonly (readonly [Guest, string, RegExp])[] = [
    ['sibling', `8600:${String(SERVED)}`, /machine 'web' has published 8600:7000/],
    [
      'sibling',
      '8601:80',
      /chain 'pre' of table 'ip mine' leads it elsewhere already, by the rule: tcp dport 8601 dnat/,
    ],
    [
      'sibling',
      '8611:80',
      /Docker's chain 'DOCKER' of table 'ip nat \(iptables-legacy\)' leads it elsewhere already, by the rule: -A DOCKER .*--dport 8610:8612/,
    ],
    ['sibling', '8613:80', /chain 'PREROUTING' of table 'ip6 nat \(ip6tables-legacy\)'/],
    ['sibling', port, /'MainThread|node.*' \(pid \d+\) listens on tcp port 7000 at every address/],
    ['sibling', '53:53/udp', /guests ask this host for names and addresses there/],
    ['sibling', '198.51.100.9:8602:80', /198\.51\.100\.9 is no address of this host/],
    ['sibling', '[::1]:8602:80', /no kernel leads packets for ::1 elsewhere/],
    ['hermit', '8602:80', /network 'inner' is isolated/],
  ]
  for (const [guest, word, message] of refusals)
    await assert.rejects(publishPorts(world, guest, word), (error: WeftError) => {
      assert.match(error.message, message)
      assert.notEqual(error.hint, undefined)
      return true
    })
  assert.equal(run('nft', 'list', 'table', 'inet', 'weft'), before)
  // One address of several: who listens at all of them is told of.
  const { notes } = await publishPorts(world, 'sibling', `${UPLINK.second}:${port}`)
  assert.match(
    notes.join('\n'),
    /listens on tcp port 7000 at every address; at 192\.0\.2\.9 the guest answers instead/,
  )
  assert.equal(await call(world, OUTSIDE, UPLINK.second, SERVED), `sibling saw ${FAR.v4}`)
  assert.equal(await call(world, OUTSIDE, UPLINK.v4, SERVED), `host saw ${FAR.v4}`)
  run('nft', 'delete table ip mine')
  for (const program of ['iptables-legacy', 'ip6tables-legacy'])
    for (const option of ['-F', '-X']) run(program, '-w', '-t', 'nat', option)
  for (const vm of ['web', 'sibling']) await unpublish(app, vm, [], BY)
})

test('a flushed table comes back with its ports, and so does one that somebody leads elsewhere', async () => {
  const { app } = world.real
  await publishPorts(world, 'web', `8700:${String(SERVED)}`)
  const before = publishedElements()
  run('nft', 'flush', 'ruleset')
  assert.deepEqual(await repairNetworks(app), ['repair the firewall and forwarding'])
  const again = publishedElements()
  run('nft', 'delete element inet weft published { tcp . 8700 }')
  run('nft', 'add element inet weft published { tcp . 8700 : 10.9.0.99 . 7 }')
  app.repairs.forget('lab')
  await repairNetworks(app)
  assert.deepEqual([again, publishedElements()], [before, before])
  assert.deepEqual(await repairNetworks(app), [])
  await unpublish(app, 'web', [], BY)
})

test('it goes with its machine and with its network, and comes back with both', async () => {
  const { app } = world.real
  await publishPorts(world, 'stranger', `8800:${String(SERVED)}`)
  const there = publishedElements()
  await stopNetwork(app, 'other', { ...BY, force: true })
  const stopped = publishedElements()
  await startNetwork(app, 'other', BY)
  const started = publishedElements()
  await deleteVm(app, 'stranger', BY)
  const deleted = publishedElements()
  await undoLast(app, BY)
  const undone = publishedElements()
  await deleteVm(app, 'stranger', BY)
  assert.notDeepEqual(there, [])
  assert.deepEqual([stopped, started, deleted, undone, publishedElements()], [[], there, [], there, []])
})

function publishedElements(): string[] {
  const listing = run('nft', 'list', 'table', 'inet', 'weft')
  const found = listing.matchAll(/(?:map|set) (published\w*) \{[^}]*?elements = \{([^}]*)\}/g)
  return [...found].map(([, set = '', elements = '']) => `${set}: ${elements.replace(/\s+/g, ' ').trim()}`)
}
