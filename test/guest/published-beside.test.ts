/** Published ports of a machine that really booted, beside firewalls of others: from everywhere, by TCP and UDP, in both families, with the caller's address. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { createVm } from '../../src/app/create-vm.ts'
import { defineNetwork, startNetwork } from '../../src/app/networks.ts'
import { repairNetworks } from '../../src/app/repair.ts'
import { killVm, startVm } from '../../src/app/vms.ts'
import type { App } from '../../src/app/ports.ts'
import type { BuiltApp } from '../../src/daemon/build-app.ts'
import { readNetworkDefinition } from '../../src/definition/network.ts'
import { startDocker, stopDocker } from '../support/docker-like.ts'
import { askCommand, serveCommand, spelt, withWitness } from '../support/guest-witness.ts'
import { loadDroppingTable } from '../support/neighbour-law-cases.ts'
import { openNeighbours, startFirewalld, type Neighbours } from '../support/neighbour-rooms.ts'
import { call, switchBridgeFilter } from '../support/publish-world.ts'
import { callWitnesses, dismiss, HOST, type Witness } from '../support/witnesses.ts'
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

const NETWORK = `
name: lab
nat: {ipv6: true}
addresses:
  - {address: 10.9.0.1/24, dhcp: {range: 10.9.0.100-10.9.0.199}}
  - {address: "fd09::1/64", dhcp: {range: "fd09::100-fd09::1ff"}}
`
const GUESTS = { web: 11, sibling: 12 } as const
type Guest = keyof typeof GUESTS
const FAMILIES = {
  IPv4: { uplink: '198.51.100.1', outside: OUTSIDE, gateway: '10.9.0.1' },
  IPv6: { uplink: 'fd02::1', outside: 'fd02::2', gateway: 'fd09::1' },
} as const
/** Where the machine listens. */
const SERVED = 700
/** As the kernel lists it. */
const PORT = SERVED.toString(16).toUpperCase().padStart(4, '0')
const PUBLISHED = 8080

let built: BuiltApp
let app: App
let witnesses: ReadonlyMap<string, Witness> = new Map()
let neighbours: Neighbours

before(async () => {
  // As where nothing has loaded br_netfilter: with it a machine does not reach itself (decision 51).
  switchBridgeFilter('0')
  makeOutside()
  ip('address add fd02::1/64 dev uplink nodad')
  ip('-n outside address add fd02::2/64 dev eth0 nodad')
  neighbours = await openNeighbours()
  const root = newRoot()
  built = await openWeft(root)
  app = built.app
  await defineNetwork(app, await readNetworkDefinition(NETWORK), byTest)
  await startNetwork(app, 'lab', byTest)
  const image = await withWitness(await guestImage(root), root)
  for (const [name, last] of Object.entries(GUESTS)) {
    const publish = name === 'web' ? ['tcp', 'udp'].map((how) => `8080:${String(SERVED)}/${how}`) : []
    const nets = [`lab,ip=10.9.0.${String(last)},ip=fd09::${String(last)}`]
    await createVm(app, { ...guestDraft(name, image), nets, publish }, byTest)
    await startVm(app, name, byTest)
  }
  await Promise.all((Object.keys(GUESTS) as Guest[]).map(settle))
  witnesses = await callWitnesses({ [HOST]: [], outside: [] })
})

after(async () => {
  dismiss(witnesses)
  for (const name of Object.keys(GUESTS)) if (app.machines.isRunning(name)) await killVm(app, name, byTest)
  built.close()
})

function ip(words: string): void {
  execFileSync('ip', words.split(' '))
}

/** It has its lease; the other family's address is typed, as busybox asks for none. */
async function settle(name: Guest): Promise<void> {
  await waitForConsole(app, name, /weft-guest ready/)
  const commands = [
    'for what in accept_ra accept_dad; do echo 0 >/proc/sys/net/ipv6/conf/eth0/$what; done',
    `ip -6 addr add fd09::${String(GUESTS[name])}/64 dev eth0`,
    // A router may have been heard of before it was told not to listen.
    'ip -6 route del default 2>/dev/null; ip -6 route add default via fd09::1',
    serveCommand(name, SERVED),
    // Who calls before it listens is refused, and that is an answer.
    `until grep -q ':${PORT} [^ ]* 0A ' /proc/net/tcp6; do sleep 0.1; done`,
  ]
  for (const command of commands) assert.equal((await askGuest(app, name, command)).trim(), '[0]', command)
}

async function callFrom(guest: Guest, how: 'tcp' | 'udp', to: string, port: number): Promise<string> {
  const said = await askGuest(app, guest, askCommand(how, to, port))
  const [name = '', address = ''] = said.split(' ')
  return name.startsWith('nobody') ? 'nobody' : spelt(`${name} saw ${address}`)
}

async function callBy(from: string, how: 'tcp' | 'udp', to: string, port: number): Promise<string> {
  const said = await call({ witnesses }, from, to, port, how)
  return said.includes(' saw ') ? spelt(said) : 'nobody'
}

/** What is asked from where, and the answer. */
type Ways = Readonly<Record<string, string>>

/** How often something is asked before it is believed not to be as it should: machines without KVM may be late. */
const TRIES = 3

async function everyWay(): Promise<Ways> {
  const found: Record<string, string> = {}
  const ask = async (way: string, call: () => Promise<string>): Promise<void> => {
    for (let tries = 0; tries < TRIES && found[way] !== EXPECTED[way]; tries += 1) found[way] = await call()
  }
  for (const [family, { uplink, outside }] of Object.entries(FAMILIES))
    for (const how of ['tcp', 'udp'] as const) {
      const from = `${family}, ${how}`
      const by = (who: string, to: string, port: number) => () => callBy(who, how, to, port)
      const inside = (who: Guest, to: string, port: number) => () => callFrom(who, how, to, port)
      await ask(`${from}: outside`, by('outside', uplink, PUBLISHED))
      await ask(`${from}: this host by its own address`, by(HOST, uplink, PUBLISHED))
      if (family === 'IPv4') await ask(`${from}: this host by 127.0.0.1`, by(HOST, '127.0.0.1', PUBLISHED))
      await ask(`${from}: a sibling`, inside('sibling', uplink, PUBLISHED))
      await ask(`${from}: the machine itself`, inside('web', uplink, PUBLISHED))
      await ask(`${from}: what is not published, from outside`, by('outside', uplink, 8081))
      await ask(`${from}: the machine calls outside`, inside('web', outside, 7000))
    }
  return found
}

/** The caller's own address, but for who stands behind the same switch, and for 127.0.0.1. */
const EXPECTED: Ways = Object.fromEntries(
  Object.entries(FAMILIES).flatMap(([family, { uplink, outside, gateway }]) =>
    ['tcp', 'udp'].flatMap((how) => {
      const from = `${family}, ${how}`
      return [
        [`${from}: outside`, `web saw ${outside}`],
        [`${from}: this host by its own address`, `web saw ${uplink}`],
        ...(family === 'IPv4' ? [[`${from}: this host by 127.0.0.1`, `web saw ${gateway}`]] : []),
        [`${from}: a sibling`, `web saw ${gateway}`],
        [`${from}: the machine itself`, `web saw ${gateway}`],
        [`${from}: what is not published, from outside`, 'nobody'],
        [`${from}: the machine calls outside`, `outside saw ${uplink}`],
      ] as [string, string][]
    }),
  ),
)

/** As weftd does when it hears of others' rules; `weft net repair` for who does it by hand. */
async function repair(): Promise<void> {
  app.repairs.forget('')
  await repairNetworks(app)
}

interface Neighbour {
  readonly start: () => Promise<void> | void
  readonly stop: () => Promise<void> | void
  /** In the way of guests' packets of that family. */
  readonly stops: readonly (keyof typeof FAMILIES)[]
}

function beside({ start, stop, stops }: Neighbour): () => Promise<void> {
  return async () => {
    await start()
    try {
      for (const family of stops)
        assert.equal(await callFrom('web', 'tcp', FAMILIES[family].outside, 7000), 'nobody', family)
      await repair()
      assert.deepEqual(await everyWay(), EXPECTED)
    } finally {
      await stop()
      await repair()
    }
  }
}

test('with no firewall but weft: from everywhere, and it sees who calls', async () => {
  assert.deepEqual(await everyWay(), EXPECTED)
})

describe('Docker', () => {
  for (const backend of ['nft', 'legacy'] as const)
    for (const age of ['before 28', 'since 28'] as const)
      test(
        `${age}, by iptables-${backend}`,
        beside({
          start: () => {
            startDocker(age, backend)
          },
          stop: () => {
            stopDocker(backend)
          },
          stops: age === 'since 28' ? ['IPv4', 'IPv6'] : ['IPv4'],
        }),
      )
})

test(
  'ufw',
  beside({
    async start() {
      await neighbours.ask('ufw', '--force', 'enable')
    },
    async stop() {
      await neighbours.ask('ufw', 'disable')
      for (const program of ['iptables-nft', 'ip6tables-nft'])
        for (const what of ['-F', '-X']) execFileSync(program, [what])
    },
    stops: ['IPv4', 'IPv6'],
  }),
)

test('firewalld', async () => {
  const firewalld = await startFirewalld(neighbours)
  await beside({ start: () => undefined, stop: () => firewalld.stop(), stops: ['IPv4', 'IPv6'] })()
})

test(
  'a table of nftables that drops',
  beside({
    start: loadDroppingTable,
    stop: () => void execFileSync('nft', ['delete', 'table', 'inet', 'filter']),
    stops: ['IPv4', 'IPv6'],
  }),
)
