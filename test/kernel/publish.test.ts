/** Published ports with real packets: from outside, from this host, from neighbours, from the guest itself, and who sees whom. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { unpublish } from '../../src/app/publish.ts'
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
} from '../support/publish-world.ts'
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
