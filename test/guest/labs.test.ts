/** A lab of two networks with a router between them: applied, changed, taken back, exported, and applied again on another root. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { undoLast } from '../../src/app/history.ts'
import { applyLab } from '../../src/app/lab/apply-lab.ts'
import { exportLab } from '../../src/app/lab/export-lab.ts'
import { labRevisions } from '../../src/app/lab/lab-state.ts'
import type { App } from '../../src/app/ports.ts'
import { killVm } from '../../src/app/vms.ts'
import { formatLab } from '../../src/definition/lab-text.ts'
import { readLab } from '../../src/definition/lab.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { hostNameArgument, type GuestImage } from '../../src/setup/guest-image.ts'
import { run } from '../support/real-app.ts'
import { askGuest, byTest, guestImage, makeOutside, newRoot, openWeft, waitForConsole } from './weft-world.ts'

const roots = [newRoot(), newRoot()] as const
let built: BuiltApp
let app: App
let image: GuestImage

before(async () => {
  makeOutside()
  built = await openWeft(roots[0])
  app = built.app
  image = await guestImage(roots[0])
})
after(async () => {
  for (const name of app.machines.names()) await killVm(app, name, byTest)
  built.close()
})

const QUIET = 'loglevel=1 rcupdate.rcu_cpu_stall_suppress=1 nowatchdog'
const guest = (name: string, more: string): string => `
  - name: ${name}
    memory: 128M
    kernel:
      path: ${image.kernel}
      initrd: ${image.initrd}
      append: ${image.append} ${QUIET} ${hostNameArgument(name)}
    ${more}`

/** Behind the router is a bare switch: the host reaches it through the router, or not at all. */
const lab = (port: number, more = ''): string => `name: shop
networks:
  - name: front
    address: 10.70.1.1/24
    dhcp: {range: 10.70.1.100-10.70.1.199}
    routes: [{to: 10.70.2.0/24, via: 10.70.1.2}]
  - name: back
    mode: isolated
machines:${guest('router', `nics: [{network: front, ip: 10.70.1.2, publish: ["${String(port)}:80"]}, back]`)}${guest('web', `nics: [back]${more}`)}
`

const apply = async (text: string) => applyLab(app, await readLab(text, 'shop.yaml'), byTest)

/** What the images of these guests do not do by themselves. */
async function setUp(): Promise<void> {
  await waitForConsole(app, 'router', /weft-guest ready/)
  await waitForConsole(app, 'web', /weft-guest up/)
  await askGuest(app, 'router', 'ip addr add 10.70.2.1/24 dev eth1; echo 1 >/proc/sys/net/ipv4/ip_forward')
  await askGuest(app, 'web', 'ip addr add 10.70.2.2/24 dev eth0; ip route add default via 10.70.2.1')
}

/** A static busybox does not live to see its own -T. */
const GET = ['timeout', '20', 'busybox', 'wget', '-qO-'] as const
const fromHost = (url: string): string => run(...GET, url).trim()
const fromOutside = (port: number): string =>
  run('ip', 'netns', 'exec', 'outside', ...GET, `http://198.51.100.1:${String(port)}/`).trim()
const isClosed = (port: number): void => {
  assert.throws(() => fromOutside(port))
}

test('applied: a guest behind the router is reached, and the published service from outside', async () => {
  const applied = await apply(lab(8080))
  assert.deepEqual(
    applied.items.map(({ action, name }) => `${action} ${name}`),
    ['create front', 'create back', 'create router', 'create web'],
  )
  await setUp()
  assert.equal(fromHost('http://10.70.2.2/'), 'hello from web')
  assert.equal(fromOutside(8080), 'hello from router')
  assert.equal((await apply(lab(8080))).result, 'unchanged')
})

test('changed: only what differs, and no guest is started again', async () => {
  const pids = ['router', 'web'].map((name) => app.machines.pid(name))
  const changed = await apply(lab(8090, '\n    autostart: {order: 3}'))
  assert.deepEqual(
    changed.items.flatMap(({ action, name, what }) => (action === 'keep' ? [] : [`${name}: ${what.join()}`])),
    ['router: front: publishes 8090:80', 'web: autostart added'],
  )
  assert.deepEqual(
    ['router', 'web'].map((name) => app.machines.pid(name)),
    pids,
  )
  assert.equal(fromOutside(8090), 'hello from router')
  isClosed(8080)
  assert.equal(fromHost('http://10.70.2.2/'), 'hello from web')
})

test('undone: as it was before, and the lab is at the revision before', async () => {
  const pids = ['router', 'web'].map((name) => app.machines.pid(name))
  await undoLast(app, byTest)
  assert.equal(fromOutside(8080), 'hello from router')
  isClosed(8090)
  assert.equal(app.vms.find('web')?.autostart, undefined)
  assert.deepEqual(
    ['router', 'web'].map((name) => app.machines.pid(name)),
    pids,
  )
  assert.deepEqual(
    (await labRevisions(app, 'shop')).map(({ number, by }) => [number, by]),
    [[1, 'test']],
  )
  assert.equal((await apply(lab(8080))).result, 'unchanged')
})

test('exported, and applied again where there is nothing of it', async () => {
  const text = await formatLab(await exportLab(app, ['shop']), 'yaml')
  assert.equal((await apply(text)).result, 'unchanged', 'an export says what is here')
  await apply('name: shop\n')
  assert.deepEqual([...app.machines.names()], [])
  built.close()
  built = await openWeft(roots[1])
  app = built.app
  const applied = await apply(text)
  assert.equal(applied.revision, 1)
  await setUp()
  assert.equal(fromHost('http://10.70.2.2/'), 'hello from web')
  assert.equal(fromOutside(8080), 'hello from router')
})
