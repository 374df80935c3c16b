/** Names of guests: among themselves, on this host by systemd-resolved or in /etc/hosts, and never asked for outside. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { after, before, test } from 'node:test'
import { keepHostNames } from '../../src/app/host-names.ts'
import { removePort } from '../../src/app/network-ports.ts'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import { upstreamsFile } from '../../src/core/host/paths.ts'
import { completeNetwork } from '../../src/core/network/draft.ts'
import type { NetworkSpec } from '../../src/core/network/spec.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { plugGuest, startNetwork, stopNetworks } from '../support/guest-world.ts'
import { addHost, makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'

const HOME = `
name: home
mode: nat
nat: {ipv6: yes}
addresses:
  - {address: 10.7.0.1/24, dhcp: {range: 10.7.0.100-10.7.0.199, hosts: [{mac: "52:54:00:00:01:0a", ip: 10.7.0.10, name: home-a}]}}
  - {address: "fd00:7::1/64"}
`
const UPSTREAM = '198.51.100.53'
const SLAAC = 'fd00:7::5054:ff:fe00:10a'
/** Where systemd-resolved is installed, or its package unpacked: it is not for a machine that has none to begin with. */
const RESOLVED = process.env['WEFT_RESOLVED'] ?? ''
const hasResolved = existsSync(`${RESOLVED}/lib/systemd/systemd-resolved`)

let real: RealApp
let home: NetworkSpec
const children: ChildProcess[] = []
const inside = (name: string, ...words: string[]): string => run('ip', 'netns', 'exec', name, ...words)
const lookUp = (...words: string[]): string =>
  inside('home-b', 'sh', '-c', `busybox nslookup ${words.join(' ')} 10.7.0.1 2>&1 || true`)
const asked = (): string => readFileSync(`${real.root}/asked.log`, 'utf8')
const hosts = (): string => `${real.root}/etc/hosts`

before(async () => {
  real = openRealApp(makeRoot())
  addHost('isp', '198.51.100.1/24', `${UPSTREAM}/24`)
  const lines = ['no-resolv', 'no-hosts', 'log-queries', `log-facility=${real.root}/asked.log`, 'user=root']
  writeFileSync(`${real.root}/isp.conf`, [...lines, 'address=/example.org/192.0.2.80', ''].join('\n'))
  inside('isp', 'dnsmasq', `--conf-file=${real.root}/isp.conf`, `--pid-file=${real.root}/isp.pid`)
  writeFileSync(upstreamsFile(real.app.facts.paths), `server=${UPSTREAM}\n`)
  home = completeNetwork(await readNetworkDefinition(HOME), {
    uuid: '927f4393-3e4e-4a94-9e42-67c4ebe45607',
    mac: '52:54:00:b8:c9:07' as MacAddress,
    bridgeName: 'virbr0' as InterfaceName,
  })
  await startNetwork(real.app, home, [])
  await plugGuest(real.app, home, [1, 'a'], {})
  await plugGuest(real.app, home, [1, 'b'], {})
  const script = '#!/bin/sh\n[ "$1" = bound ] && ip address replace $ip/24 dev eth0\n'
  writeFileSync(`${real.root}/bound`, script, { mode: 0o755 })
  for (const guest of ['home-a', 'home-b'])
    inside(guest, ...`busybox udhcpc -i eth0 -n -q -f -t 30 -T 1 -s ${real.root}/bound`.split(' '))
})

after(async () => {
  for (const child of children.toReversed()) child.kill()
  run('sh', '-c', `kill $(cat ${real.root}/isp.pid)`)
  await stopNetworks(real.app, [home])
  real.close()
  removeRoot(real.root)
})

test('guests find each other forward and back, by short name and in the domain that every network has', async () => {
  for (const name of ['home-a', 'home-a.home.internal'])
    assert.match(lookUp(name), /Address: 10\.7\.0\.10\b/, name)
  assert.match(lookUp('10.7.0.10'), /name = home-a\.home\.internal/)
  // Asked by dnsmasq whether it is there, a moment after the lease.
  await until('its IPv6 address has a name', () => lookUp('home-a').includes(SLAAC))
  assert.match(lookUp('home-a.home.internal'), new RegExp(SLAAC))
  assert.match(lookUp(SLAAC), /name = home-a\.home\.internal/)
})

test('nobody outside hears of names in the domain, of short names, or of addresses of the subnets', async () => {
  assert.match(lookUp('www.example.org'), /Address: 192\.0\.2\.80/)
  await until('the upstream has written it down', () => asked().includes('www.example.org'))
  for (const name of ['nobody.home.internal', 'nobody', '10.7.0.99', 'fd00:7::99', 'home.internal'])
    lookUp(name)
  lookUp('last.example.org')
  await until('the upstream has written it down', () => asked().includes('last.example.org'))
  assert.doesNotMatch(asked(), /internal|nobody|in-addr\.arpa|ip6\.arpa/)
})

test('/etc/hosts gets marked lines while guests are there; a link to it, its mode and all else stay', async () => {
  const mine = '127.0.0.1\tlocalhost\n# no end'
  mkdirSync(`${real.root}/etc/real`)
  writeFileSync(`${real.root}/etc/real/hosts`, mine, { mode: 0o640 })
  symlinkSync('real/hosts', hosts())
  await keepHostNames(real.app)
  assert.match(readFileSync(hosts(), 'utf8'), /^10\.7\.0\.10 home-a\.home\.internal home-a$/m)
  assert.match(readFileSync(hosts(), 'utf8'), /^10\.7\.0\.1\d\d home-b\.home\.internal home-b$/m)
  assert.ok(readFileSync(hosts(), 'utf8').startsWith(`${mine}\n#`))
  assert.ok(lstatSync(hosts()).isSymbolicLink())
  assert.equal(statSync(hosts()).mode & 0o777, 0o640)
  const [last] = (await real.app.journal.history()).slice(-1)
  await keepHostNames(real.app)
  assert.equal((await real.app.journal.history()).at(-1)?.number, last?.number, 'nothing is left to do')
})

test("a person's line inside the marks is put right and told; damaged marks are left alone and told", async () => {
  const good = readFileSync(hosts(), 'utf8')
  writeFileSync(hosts(), good.replace('10.7.0.10 ', '10.7.0.66 '))
  await keepHostNames(real.app)
  assert.equal(readFileSync(hosts(), 'utf8'), good)
  assert.match(real.log.join('\n'), /somebody changed weft's lines/)
  const damaged = good.replace(/# end of .*\n/, '')
  writeFileSync(hosts(), damaged)
  await keepHostNames(real.app)
  assert.equal(readFileSync(hosts(), 'utf8'), damaged)
  assert.match(real.app.conditions.list()[0]?.message ?? '', /somebody changed the marks/)
  writeFileSync(hosts(), good)
  await keepHostNames(real.app)
  assert.deepEqual(real.app.conditions.list(), [])
})

test(
  'systemd-resolved finds guests, forward and back, and asks dnsmasq for nothing else',
  { skip: !hasResolved },
  async () => {
    await startResolved()
    await keepHostNames(real.app)
    const query = (...words: string[]): string =>
      run('sh', '-c', `resolvectl query ${words.join(' ')} 2>&1 || true`)
    await until('the link is in use', () => query('home-a.home.internal').includes('10.7.0.10'))
    assert.match(query('home-a.home.internal'), /fd00:7::5054/)
    assert.match(query('10.7.0.10'), /home-a\.home\.internal/)
    assert.match(query('direct.example.org'), /192\.0\.2\.80/)
    query('nobody.home.internal')
    query('10.7.0.98')
    await until('the upstream has written it down', () => asked().includes('direct.example.org'))
    assert.doesNotMatch(asked(), /internal|nobody|7\.10\.in-addr/)
    assert.match(run('resolvectl', 'default-route', 'virbr0'), /no$/m)
    // Started again it may have forgotten everything.
    run('resolvectl', 'revert', 'virbr0')
    await keepHostNames(real.app)
    assert.match(run('resolvectl', 'domain', 'virbr0'), /~home\.internal/)
  },
)

test('with the last guest all of it goes', async () => {
  const request = { by: 'test', dryRun: false }
  for (const guest of ['home-a', 'home-b']) await removePort(real.app, 'home', guest, request)
  await keepHostNames(real.app)
  if (hasResolved) {
    assert.doesNotMatch(run('resolvectl', 'domain', 'virbr0'), /home/)
    rmSync(`${real.root}/run/systemd`)
    await keepHostNames(real.app)
  }
  assert.equal(readFileSync(hosts(), 'utf8'), '127.0.0.1\tlocalhost\n# no end')
})

/** With a bus of its own, as plain processes. */
async function startResolved(): Promise<void> {
  process.env['PATH'] = `${RESOLVED}/usr/bin:${process.env['PATH'] ?? ''}`
  const bus = `<busconfig><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`
  for (const directory of ['/run/dbus', '/run/systemd/resolve']) mkdirSync(directory, { recursive: true })
  writeFileSync('/run/bus.conf', bus)
  writeFileSync('/run/resolv.conf', `nameserver ${UPSTREAM}\n`)
  for (const file of ['passwd', 'group']) {
    const line =
      file === 'passwd' ? 'systemd-resolve:x:994:994::/:/usr/sbin/nologin' : 'systemd-resolve:x:994:'
    writeFileSync(`/run/${file}`, `${readFileSync(`/etc/${file}`, 'utf8')}${line}\n`)
  }
  for (const file of ['resolv.conf', 'passwd', 'group'])
    run('mount', '--bind', `/run/${file}`, `/etc/${file}`)
  run('chown', '994:994', '/run/systemd/resolve')
  children.push(
    spawn('dbus-daemon', ['--config-file=/run/bus.conf', '--nofork', '--nopidfile'], { stdio: 'ignore' }),
  )
  await until('the bus is there', () => existsSync('/run/dbus/system_bus_socket'))
  children.push(spawn(`${RESOLVED}/lib/systemd/systemd-resolved`, { stdio: 'ignore' }))
  await until('it is there', () => existsSync('/run/systemd/resolve/io.systemd.Resolve'))
  await until('it answers', () => run('sh', '-c', 'resolvectl status 2>&1 || true').includes('Global'))
  symlinkSync('/run/systemd', `${real.root}/run/systemd`)
}
