/** Machines, not only namespaces, on a network of each mode: addresses, names, and whom they reach as docs/reference/who-reaches-whom.md says. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { addNetworkRule, removeNetworkRule } from '../../src/app/firewall.ts'
import { addPort } from '../../src/app/network-ports.ts'
import { defineNetwork, startNetwork } from '../../src/app/networks.ts'
import type { App } from '../../src/app/ports.ts'
import { showVm } from '../../src/app/vm-state.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { expected } from '../support/reach-page.ts'
import { until } from '../support/real-app.ts'
import {
  askGuest,
  byTest,
  guestDraft,
  guestImage,
  makeOutside,
  newRoot,
  openWeft,
  OUTSIDE,
  waitForConsole,
} from './weft-world.ts'

const OUTSIDE6 = '2001:db8:1::80'
const dhcp = (number: number): string =>
  `dhcp: {range: 10.9.${String(number)}.100-10.9.${String(number)}.199}`
const addresses = (number: number): string =>
  `addresses:\n  - {address: 10.9.${String(number)}.1/24, ${dhcp(number)}}\n  - {address: "${at6(number, ':1')}/64"}\n`
const at6 = (number: number, last: string): string => `2001:db8:77:${String(number)}:${last}`

/** A machine, its network and the network's definition by one name; the number is in its addresses. */
const MODES = {
  nat: `domain: nat.example\n${addresses(1)}`,
  route: `mode: route\n${addresses(2)}`,
  isolated: `mode: isolated\n${addresses(3)}`,
  open: `mode: open\n${addresses(4)}`,
  bridge: 'mode: bridge\nbridge: br0\n',
} as const
const MODE_NAMES = Object.keys(MODES) as (keyof typeof MODES)[]
/** Those with a switch of weft's, where a namespace `box-NETWORK` is plugged in beside the machine. */
const SWITCHED = MODE_NAMES.filter((name) => name !== 'bridge')
const numberOf = (name: keyof typeof MODES): number => MODE_NAMES.indexOf(name) + 1
const NEIGHBOUR = '10.9.5.2'
/** Five machines boot at once, without KVM perhaps. */
const BOOT_LIMIT_MS = 300_000

const root = newRoot()
let built: BuiltApp
let app: App
const ip = (words: string): string => execFileSync('ip', words.split(' '), { encoding: 'utf8' })

before(async () => {
  makeOutside()
  ip('-6 address add 2001:db8:1::1/64 dev uplink nodad')
  ip(`-n outside address add ${OUTSIDE6}/64 dev eth0 nodad`)
  ip('-n outside -6 route add default via 2001:db8:1::1')
  makeLan()
  built = await openWeft(root)
  app = built.app
  const image = await guestImage(root)
  for (const [name, yaml] of Object.entries(MODES)) {
    await defineNetwork(app, await readNetworkDefinition(`name: ${name}\n${yaml}`), byTest)
    await startNetwork(app, name, byTest)
    await createVm(app, { ...guestDraft(name, image), nets: [name] }, byTest)
    await startVm(app, name, byTest)
  }
  await Promise.all(SWITCHED.map(plugBox))
  await Promise.all(MODE_NAMES.map((name) => waitForConsole(app, name, READY, BOOT_LIMIT_MS)))
})
const READY = /weft-guest ready ip=([\d.]+)\s/

after(async () => {
  await Promise.all(MODE_NAMES.map((name) => killVm(app, name, byTest)))
  built.close()
})

/** A bridge of the host's own, with somebody on the LAN who gives addresses. */
function makeLan(): void {
  ip('link add br0 type bridge')
  ip('address add 10.9.5.1/24 dev br0')
  ip('link set br0 up')
  ip('netns add neighbour')
  ip('link add lan0 type veth peer name eth0 netns neighbour')
  ip('link set lan0 master br0 up')
  ip(`-n neighbour address add ${NEIGHBOUR}/24 dev eth0`)
  ip('-n neighbour link set eth0 up')
  const conf = `${root}/lan.conf`
  writeFileSync(conf, 'interface=eth0\nport=0\nno-ping\ndhcp-range=10.9.5.100,10.9.5.199\n')
  execFileSync('ip', [
    'netns',
    'exec',
    'neighbour',
    'dnsmasq',
    `--conf-file=${conf}`,
    `--pid-file=${root}/lan.pid`,
    '--dhcp-leasefile=/dev/null',
  ])
  serve('neighbour', 'neighbour')
}

const macOf = (name: keyof typeof MODES): string => `52:54:00:00:00:0${String(numberOf(name))}`
const boxAddress = (name: keyof typeof MODES): string => `10.9.${String(numberOf(name))}.9`
const boxAddress6 = (name: keyof typeof MODES): string =>
  at6(numberOf(name), `5054:ff:fe00:${String(numberOf(name))}`)

async function plugBox(name: keyof typeof MODES): Promise<void> {
  const netns = `box-${name}`
  ip(`netns add ${netns}`)
  await addPort(app, name, { netns, ip: boxAddress(name), mac: macOf(name) }, byTest)
  if (name === 'isolated') ip(`-n ${netns} route add default via 10.9.3.1`)
  serve(netns, netns)
}

function serve(netns: string, says: string): void {
  const www = `${root}/www-${says}`
  mkdirSync(www)
  writeFileSync(`${www}/index.html`, `hello from ${says}\n`)
  execFileSync('ip', ['netns', 'exec', netns, 'busybox', 'httpd', '-p', '80', '-h', www])
}

const url = (address: string): string => `http://${address.includes(':') ? `[${address}]` : address}/`
const addressOf = async (name: string): Promise<string> =>
  READY.exec(await waitForConsole(app, name, READY))?.[1] ?? 'none'

/** Which of the addresses the machine gets pages from. A busy machine may be late: whom it should reach it has more patience with. */
async function assertReaches(name: string, wanted: Readonly<Record<string, boolean>>): Promise<void> {
  const get = (address: string, seconds: number): string =>
    `timeout ${String(seconds)} wget -qO- ${url(address)} >/dev/null 2>&1`
  const once = ([address, isWanted]: readonly [string, boolean]): string =>
    `${get(address, 4)} || ${get(address, isWanted ? 60 : 8)}; echo $?`
  const said = await askGuest(app, name, Object.entries(wanted).map(once).join('; '))
  const found = said.split('\n').map((line) => line.startsWith('0'))
  assert.deepEqual(
    Object.keys(wanted).map((address, index) => [address, found[index]]),
    Object.entries(wanted),
    name,
  )
}

function canGet(netns: string | undefined, address: string): boolean {
  const get = ['timeout', '5', 'busybox', 'wget', '-qO-', url(address)]
  const [program = '', ...args] = netns === undefined ? get : ['ip', 'netns', 'exec', netns, ...get]
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' }).startsWith('hello from')
  } catch {
    return false
  }
}

test('each has an IPv4 address of its network, which weft knows', async () => {
  for (const name of MODE_NAMES) {
    const address = await addressOf(name)
    assert.match(address, new RegExp(`^10\\.9\\.${String(numberOf(name))}\\.1\\d\\d$`), name)
    if (name !== 'bridge') assert.equal((await showVm(app, name)).nics[0]?.ip, address)
  }
})

test('each has made an IPv6 address of what is announced, and learnt the router where there is one', async () => {
  const look = async (name: keyof typeof MODES): Promise<void> => {
    const prefix = at6(numberOf(name), '')
    const wait = `for i in $(seq 300); do ip -6 addr show dev eth0 | grep -v tentative | grep -q ${prefix} && break; sleep 0.2; done`
    assert.match(
      await askGuest(app, name, `${wait}; ip -6 addr show dev eth0`),
      new RegExp(`inet6 ${prefix}`),
      name,
    )
    const routes = await askGuest(app, name, 'ip -6 route')
    assert.equal(routes.includes('default via fe80:'), name !== 'isolated', name)
  }
  await Promise.all(SWITCHED.map(look))
})

test('names: each finds its neighbour by name, nat in its domain too', async () => {
  for (const name of SWITCHED)
    assert.equal(
      await askGuest(app, name, `timeout 60 wget -qO- http://box-${name}/`),
      `hello from box-${name} [0]`,
    )
  assert.equal(
    await askGuest(app, 'nat', 'timeout 60 wget -qO- http://box-nat.nat.example/'),
    'hello from box-nat [0]',
  )
})

for (const family of ['IPv4', 'IPv6'] as const) {
  test(`${family}: each reaches its neighbour, the outside and other networks, or not, as the page says`, async () => {
    const six = family === 'IPv6' ? '6' : ''
    const one = expected(`One network, ${family}`)
    const between = expected(`Between networks, ${family}`)
    const outside = family === 'IPv6' ? OUTSIDE6 : OUTSIDE
    const boxes = SWITCHED.map(family === 'IPv6' ? boxAddress6 : boxAddress)
    await Promise.all(
      SWITCHED.map(async (name) => {
        const others = SWITCHED.map((other, index): [string, boolean] => {
          const word = other === name ? one.get(`g2g${six}.tcp ${name}`) : between.get(`${name} ${other}`)
          return [boxes[index] ?? '', word === 'allow']
        })
        const out = one.get(`g2o${six}.tcp ${name}`) === 'allow'
        await assertReaches(name, Object.fromEntries([[outside, out], ...others]))
      }),
    )
  })
}

test('the host reaches every machine, the outside those that the page says', async () => {
  const one = expected('One network, IPv4')
  for (const name of SWITCHED) {
    const address = await addressOf(name)
    await until(`${name} is reached`, () => canGet(undefined, address))
    if (one.get(`o2g.tcp ${name}`) === 'allow')
      await until(`${name} is reached from outside`, () => canGet('outside', address))
    else assert.equal(canGet('outside', address), false, name)
  }
})

test("on a bridge of the host a machine is the LAN's: it reaches its neighbour and the host, and both reach it", async () => {
  await assertReaches('bridge', { [NEIGHBOUR]: true })
  assert.equal(await askGuest(app, 'bridge', 'ping -c1 -W20 -q 10.9.5.1 >/dev/null'), ' [0]')
  const address = await addressOf('bridge')
  for (const from of ['neighbour', undefined]) await until('it is reached', () => canGet(from, address))
})

test('a rule of a machine parts it from its neighbour on the same switch, and from nobody else', async () => {
  const neighbour = boxAddress('nat')
  await assertReaches('nat', { [neighbour]: true, [OUTSIDE]: true })
  const rule = `deny out tcp 80 to ${neighbour}`
  await addNetworkRule(app, 'nat', { guest: 'nat', rule }, byTest)
  await assertReaches('nat', { [neighbour]: false, [OUTSIDE]: true })
  assert.equal(await askGuest(app, 'nat', `ping -c1 -W20 -q ${neighbour} >/dev/null`), ' [0]')
  await removeNetworkRule(app, 'nat', { guest: 'nat', which: '1' }, byTest)
  await assertReaches('nat', { [neighbour]: true })
})
