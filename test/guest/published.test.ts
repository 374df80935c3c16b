/** Published ports of machines that really booted: who gets in by which door, whom the guest sees, and that it stays so over a restart. */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { createVm } from '../../src/app/create-vm.ts'
import { publish, unpublish } from '../../src/app/publish.ts'
import { showVm } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { App } from '../../src/app/ports.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { switchBridgeFilter } from '../support/publish-world.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  makeOutside,
  newRoot,
  openWeftWithNetwork,
  OUTSIDE,
  waitForConsole,
} from './weft-world.ts'

const UPLINK = '198.51.100.1'
const READY = /weft-guest ready ip=([\d.]+)\s/
let built: BuiltApp
let app: App

before(async () => {
  // As where nothing has loaded br_netfilter: with it a machine does not reach itself (decision 51).
  switchBridgeFilter('0')
  makeOutside()
  const root = newRoot()
  built = await openWeftWithNetwork(root)
  app = built.app
  const image = await guestImage(root)
  await createVm(app, { ...guestDraft('web', image), publish: ['8080:81'] }, byTest)
  await createVm(app, guestDraft('sibling', image), byTest)
  for (const name of ['web', 'sibling']) await startVm(app, name, byTest)
  await Promise.all(['web', 'sibling'].map((name) => waitForConsole(app, name, READY)))
  await serve()
})

after(async () => {
  const running = ['web', 'sibling'].filter((name) => app.machines.isRunning(name))
  await Promise.all(running.map((name) => killVm(app, name, byTest)))
  built.close()
})

/** Beside the page that every such guest serves: one that tells whoever asks which address it is asked from. */
async function serve(): Promise<void> {
  const page = '#!/bin/sh\\necho\\necho web saw $REMOTE_ADDR\\n'
  const said = await askGuest(
    app,
    'web',
    `mkdir -p /www/cgi-bin && printf '${page}' >/www/cgi-bin/who && chmod +x /www/cgi-bin/who && httpd -p 81 -h /www`,
  )
  assert.equal(said.trim(), '[0]')
}

const get = (address: string, port: number, seconds = 60): string =>
  `timeout ${String(seconds)} wget -qO- http://${address}:${String(port)}/cgi-bin/who`

/** From this host, or from a namespace; how wget ended where nobody answered. */
async function call(address: string, port: number, netns?: string, seconds?: number): Promise<string> {
  const words = ['busybox', ...get(address, port, seconds).split(' ')]
  const [program = '', ...args] = netns === undefined ? words : ['ip', 'netns', 'exec', netns, ...words]
  return promisify(execFile)(program, args).then(
    ({ stdout }) => plain(stdout),
    () => 'nobody',
  )
}

const callFrom = async (guest: string, address: string, port: number): Promise<string> =>
  plain((await askGuest(app, guest, `${get(address, port)} 2>/dev/null`)).replace(/\[0\]$/, ''))

/** The server has one socket for both families: its IPv4 callers have addresses of IPv6's spelling. */
const plain = (said: string): string => said.replace(/\[::ffff:([\d.]+)\]/, '$1').trim()

const addressOf = async (name: string): Promise<string> =>
  (await showVm(app, name)).nics[0]?.ip ?? 'no address'

test('from outside, from this host, from a neighbour and from the machine itself', async () => {
  assert.deepEqual(
    {
      outside: await call(UPLINK, 8080, 'outside'),
      'this host by its address': await call(UPLINK, 8080),
      'this host by 127.0.0.1': await call('127.0.0.1', 8080),
      'a neighbour': await callFrom('sibling', UPLINK, 8080),
      'the machine itself': await callFrom('web', UPLINK, 8080),
    },
    {
      outside: `web saw ${OUTSIDE}`,
      'this host by its address': `web saw ${UPLINK}`,
      'this host by 127.0.0.1': 'web saw 192.168.122.1',
      'a neighbour': 'web saw 192.168.122.1',
      'the machine itself': 'web saw 192.168.122.1',
    },
  )
})

test('published and taken back while it runs', async () => {
  const ask = (): Promise<string> => call(UPLINK, 8081, 'outside')
  const before = await ask()
  await publish(app, 'web', { ports: ['8081:81'] }, byTest)
  const published = await ask()
  await unpublish(app, 'web', ['8081'], byTest)
  assert.deepEqual([before, published, await ask()], ['nobody', `web saw ${OUTSIDE}`, 'nobody'])
})

test('a machine that was killed and started anew has its address and its port again', async () => {
  const address = await addressOf('web')
  await killVm(app, 'web', byTest)
  assert.equal(await call(UPLINK, 8080, 'outside', 5), 'nobody')
  await startVm(app, 'web', byTest)
  await waitForConsole(app, 'web', READY)
  await serve()
  assert.deepEqual(
    [await addressOf('web'), await call(UPLINK, 8080, 'outside')],
    [address, `web saw ${OUTSIDE}`],
  )
})

test('nothing of it is left when the machine is stopped and its port taken back', async () => {
  await killVm(app, 'web', byTest)
  await unpublish(app, 'web', [], byTest)
  const table = execFileSync('nft', ['list', 'map', 'inet', 'weft', 'published'], { encoding: 'utf8' })
  assert.doesNotMatch(table, /elements/)
})
