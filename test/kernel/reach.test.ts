/** Who reaches whom with IPv4: every cell of docs/reference/who-reaches-whom.md, with real packets between real namespaces. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import {
  askerOf,
  castCells,
  cell,
  crossings,
  dnsCells,
  drive,
  seenCells,
  spoofCell,
  three,
  type Cell,
  type Ground,
} from '../support/reach-cells.ts'
import { IPV4, testForeign } from '../support/reach-foreign.ts'
import { expected } from '../support/reach-page.ts'
import {
  addHost,
  callWitnesses,
  closeWorld,
  HOST,
  leaseScript,
  openWorld,
  plugIn,
  run,
  startMembers,
  type Member,
  type World,
} from '../support/reach-world.ts'

const subnet = (number: number): string =>
  `address: 10.9.${String(number)}.1/24\ndhcp: {range: 10.9.${String(number)}.100-10.9.${String(number)}.199}`
const MEMBERS: readonly Member[] = [
  { column: 'nat', name: 'nat', yaml: subnet(0) },
  { column: 'route', name: 'route', yaml: `mode: route\n${subnet(1)}` },
  { column: 'isolated', name: 'isolated', yaml: `mode: isolated\n${subnet(2)}` },
  { column: 'very isolated', name: 'bare', yaml: 'mode: isolated' },
  { column: 'open', name: 'open', yaml: `mode: open\n${subnet(4)}` },
  { column: 'isolated ports', name: 'apart', yaml: `isolatedPorts: yes\n${subnet(5)}` },
  { column: 'bridge', name: 'lan', yaml: 'mode: bridge\nbridge: br0' },
]
const OUTSIDE = { name: 'outside', address: '192.0.2.2' } as const
const NEIGHBOUR = { name: 'neighbour', address: '10.9.6.2' } as const
const UPLINK = '192.0.2.1'
const MADE_UP = '203.0.113.9'

const address = (number: number, last: number): string => `10.9.${String(number)}.${String(last)}`
const groundOf = (column: string): Ground => {
  const number = MEMBERS.findIndex((member) => member.column === column)
  const name = MEMBERS[number]?.name ?? ''
  return {
    a: `${name}-a`,
    b: { name: `${name}-b`, address: address(number, 12), linkLocal: linkLocal(number) },
    guest: address(number, 11),
    gateway: address(number, 1),
    outside: column === 'bridge' ? NEIGHBOUR : OUTSIDE,
  }
}
const macOf = (number: number, letter: string): string => `52:54:00:00:0${String(number)}:0${letter}`
const linkLocal = (number: number): string => `fe80::5054:ff:fe00:${String(number)}0b%eth0`

let world: World
let cells: ReadonlyMap<string, Cell>

before(async () => {
  const real = openWorld()
  addHost('outside', `${UPLINK}/24`, `${OUTSIDE.address}/24`)
  run('ip', '-n', 'outside', 'route', 'add', 'default', 'via', UPLINK)
  run('ip', 'link', 'add', 'br0', 'type', 'bridge')
  run('ip', 'address', 'add', '10.9.6.1/24', 'dev', 'br0')
  run('ip', 'link', 'set', 'br0', 'up')
  addHost('neighbour', '198.51.100.1/32', `${NEIGHBOUR.address}/24`)
  run('ip', 'link', 'set', 'neighbour', 'master', 'br0')
  await startMembers(real, MEMBERS)
  for (const [number, { name }] of MEMBERS.entries())
    for (const [letter, last] of [
      ['a', 11],
      ['b', 12],
    ] as const)
      await addGuest(number, name, letter, last)
  const gateways = MEMBERS.flatMap(({ name }, number) => (name === 'bare' ? [] : [address(number, 1)]))
  const guests = MEMBERS.flatMap(({ name }, number): [string, string[]][] => [
    [`${name}-a`, []],
    [`${name}-b`, [address(number, 12)]],
  ])
  const others = { outside: [OUTSIDE.address], neighbour: [NEIGHBOUR.address] }
  const witnesses = await callWitnesses({ [HOST]: gateways, ...others, ...Object.fromEntries(guests) })
  world = { real, witnesses }
  cells = new Map([
    ...MEMBERS.flatMap(({ column }) => oneNetwork(column)),
    ...crossings(world.witnesses, groundOf),
  ])

  async function addGuest(number: number, name: string, letter: string, last: number): Promise<void> {
    const guest = `${name}-${letter}`
    const isServed = name !== 'bare' && name !== 'lan'
    const mac = macOf(number, letter)
    await plugIn(real, name, guest, isServed ? { mac, ip: address(number, last) } : { mac })
    if (!isServed) run('ip', '-n', guest, 'address', 'add', `${address(number, last)}/24`, 'dev', 'eth0')
    // A guest may think what it likes about its gateway and its address.
    run('ip', '-n', guest, 'route', 'replace', 'default', 'via', address(number, 1))
    run('ip', '-n', guest, 'address', 'add', `${MADE_UP}/32`, 'dev', 'eth0')
  }
})

after(() => closeWorld(world, MEMBERS))

function oneNetwork(column: string): (readonly [string, Cell])[] {
  const ground = groundOf(column)
  const { a, b, guest, gateway, outside } = ground
  const ask = askerOf(world.witnesses, column)
  // Everybody asks at nat's address, nat at the routed network's.
  const other = address(column === 'nat' ? 1 : 0, 1)
  const lease = ask('dhcp4', a, 'run', '', { argv: ['busybox', ...UDHCPC, leaseScript(world.real)] })
  return [
    cell(lease),
    cell({ ...lease, key: `dhcp4.router ${column}` }, ({ said: [text = ''] }) =>
      /router=\S/.test(text) ? 'yes' : 'no',
    ),
    ...dnsCells(ask, '4', ground),
    ...three(ask, 'g2h', a, gateway),
    ...three(ask, 'g2hup', a, UPLINK),
    cell(ask('g2xgw.tcp', a, 'tcp', other)),
    cell(ask('g2xgw.dns', a, 'dns-udp', other, { port: 53 })),
    ...three(ask, 'h2g', HOST, guest, a),
    ...three(ask, 'g2g', a, b.address, b.name),
    cell(ask('g2g.ll6', a, 'tcp', b.linkLocal ?? '', { of: b.name })),
    ...castCells(ask, ground),
    ...three(ask, 'g2o', a, outside.address, outside.name),
    ...seenCells(ask, '', ground),
    spoofCell(ask, world.witnesses, ground, MADE_UP),
    ...three(ask, 'o2g', outside.name, guest, a),
    [`g2h6.ll ${column}`, { questions: [], word: () => (speaksIpv6(column) ? 'yes' : 'no') }],
  ]
}

const UDHCPC = 'udhcpc -i eth0 -n -q -f -t 3 -T 1 -s'.split(' ')

function speaksIpv6(column: string): boolean {
  const { name } = MEMBERS.find((member) => member.column === column) ?? { name: '' }
  const bridge = world.real.app.networks.find(name)?.spec.bridge?.name ?? ''
  const file = `/proc/sys/net/ipv6/conf/${bridge}/disable_ipv6`
  return readFileSync(file, 'utf8').trim() === '0'
}

for (const heading of ['One network, IPv4', 'Between networks, IPv4']) {
  const wanted = expected(heading)
  test(`${heading}: ${String(wanted.size)} cells are as the page says`, async () => {
    const words = await drive(world.witnesses, cells, wanted)
    assert.deepEqual(Object.fromEntries(words), Object.fromEntries(wanted))
  })
}

testForeign({ family: IPV4, members: MEMBERS, world: () => world, cells: () => cells })
