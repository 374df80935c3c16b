/** How guests come by IPv6 addresses and names, and what an uplink that lives on router advertisements keeps. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { InterfaceName } from '../../src/core/address/interface-name.ts'
import type { Ipv6Address } from '../../src/core/address/ipv6.ts'
import type { MacAddress } from '../../src/core/address/mac.ts'
import type { Ipv6Spec, NetworkSpec } from '../../src/core/network/spec.ts'
import { plugGuest, startNetwork, stopNetworks } from '../support/guest-world.ts'
import { addHost, makeRoot, openRealApp, removeRoot, run, until, type RealApp } from '../support/real-app.ts'

/** 2001:db8:77:NUMBER::/64. */
function network(name: string, number: number, more: Partial<NetworkSpec>): NetworkSpec {
  return {
    name,
    uuid: `927f4393-3e4e-4a94-9e42-67c4ebe4560${String(number)}`,
    mode: 'nat',
    bridge: { name: `virbr${String(number)}` as InterfaceName, stp: true, delaySeconds: 0 },
    mac: `52:54:00:b8:c9:1${String(number)}` as MacAddress,
    ips: [subnet(number)],
    routes: [],
    kept: [],
    ...more,
  }
}

function subnet(number: number, dhcp?: Ipv6Spec['dhcp']): Ipv6Spec {
  const cidr = { address: at(number, '1'), prefix: 64 }
  return { family: 'ipv6', cidr, prefixSpelling: 'prefix', ...(dhcp === undefined ? {} : { dhcp }) }
}

const at = (number: number, last: string): Ipv6Address =>
  `2001:db8:77:${number.toString(16)}::${last}` as Ipv6Address

const GUEST_B = '52:54:00:00:02:0b'
/** What a guest makes of its MAC. */
const guestAddress = (number: number, letter: string): Ipv6Address =>
  at(number, `X`).replace('::X', `:5054:ff:fe00:${String(number)}0${letter}`) as Ipv6Address
const NETWORKS = [
  network('nat6', 1, {
    nat: { ipv6: true },
    dns: { forwarders: [], txts: [], srvs: [], hosts: [{ ip: at(1, '77'), names: ['printer'] }] },
  }),
  network('asked6', 2, {
    mode: 'route',
    ips: [
      subnet(2, {
        ranges: [{ start: at(2, '100'), end: at(2, '1ff') }],
        hosts: [{ id: `00:03:00:01:${GUEST_B}`, ip: at(2, '42') }],
      }),
    ],
  }),
]
const OUTSIDE = '2001:db8:1::2'

let real: RealApp
const forwarding = (): string => readFileSync('/proc/sys/net/ipv6/conf/all/forwarding', 'utf8').trim()
const acceptRa = (link: string): string =>
  readFileSync(`/proc/sys/net/ipv6/conf/${link}/accept_ra`, 'utf8').trim()

before(async () => {
  real = openRealApp(makeRoot())
  addHost('left', '2001:db8:1::1/64', `${OUTSIDE}/64`)
  run('ip', '-n', 'left', 'route', 'add', '2001:db8:77::/48', 'via', '2001:db8:1::1')
  announceRouter()
  await until('the uplink has learnt its router', () => run('ip', '-6', 'route').includes('proto ra'))
  for (const [index, wanted] of NETWORKS.entries()) {
    await startNetwork(real.app, wanted, NETWORKS.slice(0, index))
    const number = index + 1
    for (const letter of ['a', 'b']) {
      const guest = await plugGuest(real.app, wanted, [number, letter], {})
      if (wanted.name === 'asked6')
        run('ip', '-n', guest, 'address', 'add', `${guestAddress(number, letter)}/64`, 'dev', 'eth0', 'nodad')
    }
  }
  for (const [index, { name }] of NETWORKS.entries())
    for (const letter of ['a', 'b']) {
      const address = guestAddress(index + 1, letter)
      await until(`${name}-${letter} has made its address`, () => hasAddress(`${name}-${letter}`, address))
    }
})

after(async () => {
  run('sh', '-c', `kill $(cat ${real.root}/router.pid)`)
  await stopNetworks(real.app, NETWORKS)
  assert.equal(forwarding(), '0')
  assert.equal(acceptRa('isp'), '1')
  real.close()
  removeRoot(real.root)
})

/** A provider's router, that says it is one, at the other end of the link `isp`. */
function announceRouter(): void {
  addHost('isp', '198.51.100.1/24', '198.51.100.2/24')
  run('ip', '-n', 'isp', 'address', 'add', '2001:db8:2::1/64', 'dev', 'eth0', 'nodad')
  const lines = ['port=0', 'enable-ra', 'interface=eth0', 'dhcp-range=2001:db8:2::,ra-only']
  writeFileSync(`${real.root}/router.conf`, [...lines, `pid-file=${real.root}/router.pid`, ''].join('\n'))
  run('ip', 'netns', 'exec', 'isp', 'dnsmasq', `--conf-file=${real.root}/router.conf`)
}

/** Not one that is still being asked for. */
const hasAddress = (guest: string, address: string): boolean =>
  run('ip', '-n', guest, '-6', 'address', 'show', '-tentative').includes(`${address}/64`)

test('forwarding is on, and the uplink has its router still', () => {
  assert.equal(forwarding(), '1')
  assert.equal(acceptRa('isp'), '2')
  assert.equal(acceptRa('left'), '1')
  assert.match(run('ip', '-6', 'route', 'show', 'default'), /via fe80:.* dev isp proto ra/)
})

test('where DHCPv6 gives addresses nobody makes one up; a guest known by its DUID gets its own', async () => {
  const addresses = run('ip', '-n', 'asked6-b', '-6', 'address', 'show', 'scope', 'global')
  assert.equal(addresses.match(/inet6/g)?.length, 1)
  const script = join(import.meta.dirname, '../support/dhcp6-solicit.ts')
  const ask = (guest: string, mac: string): string =>
    run('ip', 'netns', 'exec', guest, process.execPath, script, 'eth0', mac).trim()
  let [own, other] = ['', '']
  await until('one of them has its answer', () => (own = ask('asked6-b', GUEST_B)).startsWith('2001:'))
  await until('so has the other', () => (other = ask('asked6-a', '52:54:00:00:02:0a')).startsWith('2001:'))
  assert.equal(own, '2001:0db8:0077:0002:0000:0000:0000:0042')
  assert.match(other, /^2001:0db8:0077:0002:0000:0000:0000:01/)
})

test('names are answered over IPv6, records of the definition among them', () => {
  const words = ['netns', 'exec', 'nat6-a', 'busybox', 'nslookup', '-type=aaaa', 'printer', at(1, '1')]
  assert.match(run('ip', ...words), new RegExp(at(1, '77')))
})
