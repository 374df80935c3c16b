/** A bridge that gets another address than the NIC has, where nobody keeps the NIC: it is there, at the next boot too, and gone without a trace. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { addHostBridge, confirmHost, removeHostBridge } from '../../src/app/host-bridge.ts'
import { WeftError } from '../../src/core/errors.ts'
import { guardFiles } from '../../src/core/host/uplink/guard-files.ts'
import { makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'
import {
  assertSoon,
  CALM,
  describeHanging,
  describeUplinks,
  makeUplinkWorld,
  NIC,
  whenAtRest,
} from '../support/uplink-world.ts'

const REQUEST = { by: 'test', dryRun: false }
const ORDER = { bridge: 'br0', uplink: NIC, confirmWithin: 600 }
const WORDS = {
  address: ['192.0.2.20/24', '2001:db8::20/64'],
  gateway: ['192.0.2.1', '2001:db8::1'],
  dns: ['192.0.2.1', '2001:db8::1'],
}
const RESOLVER = 'search example.net\nnameserver 192.0.2.1\n'
let real: RealApp
let stopped: string[]

before(async () => {
  real = openRealApp(makeRoot())
  makeUplinkWorld({ isLeased: false })
  await until('the NIC has its link-local address', () =>
    run('ip', 'addr', 'show', 'dev', NIC, 'scope', 'link', '-tentative').includes('fe80'),
  )
  writeFileSync(`${real.root}/etc/resolv.conf`, RESOLVER)
  stopped = await whenAtRest(describeUplinks)
})
after(() => {
  real.close()
  removeRoot(real.root)
})

const files = (): ReturnType<typeof guardFiles> => guardFiles(real.app.facts.paths, 'br0')
const resolver = (): string => readFileSync(`${real.root}/etc/resolv.conf`, 'utf8')
const ways = (link: string): string =>
  ['addr', 'route', '-6 route'].map((what) => run('ip', ...what.split(' '), 'show', 'dev', link)).join('\n')

function assertThere(): void {
  const shown = ways('br0')
  assert.match(shown, /inet 192\.0\.2\.20\/24 brd 192\.0\.2\.255 .*inet6 2001:db8::20\/64/s)
  assert.match(shown, /default via 192\.0\.2\.1 .*default via 2001:db8::1 /s)
  // A route that still leads somewhere stays; one with the source of before does not.
  assert.doesNotMatch(shown, /192\.0\.2\.1[01]\b|2001:db8::1[01]\/|10\.7\.0\.0/)
  assert.equal(readFileSync('/proc/sys/net/ipv6/conf/br0/accept_ra', 'utf8').trim(), '0')
}

async function refusal(words: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const error = await addHostBridge(real.app, { ...ORDER, ...words }, REQUEST).then(
    () => assert.fail('was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof WeftError)
  await assertSoon(describeUplinks, stopped)
  assert.ok(!existsSync(files().directory))
  return [error.message, ...error.details.map(([, text]) => text)].join('\n')
}

test('what cannot be is refused, and nothing has happened', async () => {
  assert.match(await refusal({ address: ['dhcp'] }), /nobody would ask a DHCP server for its bridge/)
  assert.match(await refusal({ address: [`${CALM}/24`] }), /'calm' of this host has 10\.255\.0\.2 already/)
  assert.match(await refusal({ address: ['192.0.2.1/24'] }), /192\.0\.2\.1 is taken/)
  assert.match(
    await refusal({ address: ['192.0.2.20/24'], gateway: ['192.0.2.9'] }),
    /192\.0\.2\.9 does not answer on br0/,
  )
})

test('it is there with its name servers, and unconfirmed all is as before', async () => {
  await addHostBridge(real.app, { ...ORDER, ...WORDS }, REQUEST)
  assertThere()
  assert.equal(resolver(), 'search example.net\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n')
  run('sh', files().script, 'now')
  await assertSoon(describeUplinks, stopped)
  assert.equal(resolver(), RESOLVER)
  assert.ok(!existsSync(files().directory))
})

test('confirmed, it is there again at the next boot; removed, the NIC has what it had', async () => {
  const hanging = describeHanging(NIC).filter((line) => !line.includes('/neigh/'))
  await addHostBridge(real.app, { ...ORDER, ...WORDS }, REQUEST)
  await confirmHost(real.app, REQUEST)
  run('ip', 'link', 'delete', 'br0')
  run('ip', 'link', 'set', NIC, 'down')
  writeFileSync(files().confirmed, 'the-boot-before\n')
  run('sh', files().script, 'boot')
  await until('IPv6 is at rest', () => run('ip', 'addr', 'show', 'dev', 'br0', 'tentative') === '')
  assertThere()
  run('busybox', 'ping', '-c1', '-W30', '192.0.2.1')
  await removeHostBridge(real.app, 'br0', { confirmWithin: 600 }, REQUEST)
  await confirmHost(real.app, REQUEST)
  const missing = (): string[] => {
    const now = describeHanging(NIC)
    return hanging.filter((line) => !now.includes(line) && !line.includes('"ra"'))
  }
  await assertSoon(missing, [])
  assert.equal(resolver(), RESOLVER)
  assert.ok(!existsSync(files().directory))
})
