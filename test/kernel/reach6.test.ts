/** Who reaches whom with IPv6, and how guests come by addresses: every cell of docs/reference/who-reaches-whom.md, with real packets. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  askerOf,
  cell,
  crossings,
  dnsCells,
  drive,
  seenCells,
  three,
  type Cell,
  type Ground,
} from '../support/reach-cells.ts'
import { IPV6, testForeign } from '../support/reach-foreign.ts'
import { expected } from '../support/reach-page.ts'
import {
  addHost,
  callWitnesses,
  closeWorld,
  HOST,
  openWorld,
  plugIn,
  run,
  startMembers,
  type Member,
  type World,
} from '../support/reach-world.ts'
import { until } from '../support/real-app.ts'

const at = (number: number, last: string): string => `2001:db8:77:${String(number + 1)}::${last}`
const subnet = (number: number): string => `address: ${at(number, '1')}/64`
const MEMBERS: readonly Member[] = [
  {
    column: 'nat ipv6',
    name: 'hidden',
    yaml: `nat: {ipv6: yes}\n${subnet(0)}\ndhcp: {range: "${at(0, '100')}-${at(0, '1ff')}"}`,
  },
  { column: 'nat', name: 'nat', yaml: subnet(1) },
  { column: 'route', name: 'route', yaml: `mode: route\n${subnet(2)}` },
  { column: 'isolated', name: 'isolated', yaml: `mode: isolated\n${subnet(3)}` },
  { column: 'open', name: 'open', yaml: `mode: open\n${subnet(4)}` },
]
const OUTSIDE = { name: 'outside', address: '2001:db8:1::2' } as const
const UPLINK = '2001:db8:1::1'
const LETTERS = ['a', 'b'] as const

const macOf = (number: number, letter: string): string => `52:54:00:00:0${String(number + 1)}:0${letter}`
/** What a guest makes of its MAC; also given to those that are to ask for one. */
const addressOf = (number: number, letter: string): string =>
  at(number, '').replace('::', `:5054:ff:fe00:${String(number + 1)}0${letter}`)
const groundOf = (column: string): Ground => {
  const number = MEMBERS.findIndex((member) => member.column === column)
  const name = MEMBERS[number]?.name ?? ''
  return {
    a: `${name}-a`,
    b: { name: `${name}-b`, address: addressOf(number, 'b') },
    guest: addressOf(number, 'a'),
    gateway: at(number, '1'),
    outside: OUTSIDE,
  }
}

let world: World
let cells: ReadonlyMap<string, Cell>

before(async () => {
  const real = openWorld()
  addHost('outside', `${UPLINK}/64`, `${OUTSIDE.address}/64`)
  run('ip', '-n', 'outside', 'route', 'add', 'default', 'via', UPLINK)
  await startMembers(real, MEMBERS)
  const guests = MEMBERS.flatMap(({ name }, number) => LETTERS.map((letter) => ({ name, number, letter })))
  for (const { name, number, letter } of guests) {
    await plugIn(real, name, `${name}-${letter}`, { mac: macOf(number, letter) })
    if (number === 0)
      run(
        'ip',
        '-n',
        `${name}-${letter}`,
        'address',
        'add',
        `${addressOf(0, letter)}/64`,
        'dev',
        'eth0',
        'nodad',
      )
  }
  for (const { name, number, letter } of guests)
    await until(`${name}-${letter} has its address`, () =>
      addresses(`${name}-${letter}`).includes(`${addressOf(number, letter)}/64`),
    )
  await until('the outside is sure of its address', () => addresses('outside').includes(OUTSIDE.address))
  const none: readonly string[] = []
  const names = Object.fromEntries(guests.map(({ name, letter }) => [`${name}-${letter}`, none]))
  world = { real, witnesses: await callWitnesses({ [HOST]: [], ...names, outside: [] }) }
  cells = new Map([
    ...MEMBERS.flatMap(({ column }) => oneNetwork(column)),
    ...learnt(),
    ...crossings(world.witnesses, groundOf),
  ])
  // A guest may think what it likes about its gateway.
  for (const letter of LETTERS)
    run('ip', '-n', `isolated-${letter}`, 'route', 'add', 'default', 'via', at(3, '1'))
})

after(() => closeWorld(world, MEMBERS))

/** Not those that are still being asked for. */
const addresses = (guest: string): string => run('ip', '-n', guest, '-6', 'address', 'show', '-tentative')

function oneNetwork(column: string): (readonly [string, Cell])[] {
  const ground = groundOf(column)
  const { a, b, guest, gateway } = ground
  const ask = askerOf(world.witnesses, column)
  const mac = macOf(
    MEMBERS.findIndex((member) => member.column === column),
    'a',
  )
  const solicit = [process.execPath, join(import.meta.dirname, '../support/dhcp6-solicit.ts'), 'eth0', mac]
  return [
    cell(ask('dhcp6', a, 'run', '', { argv: solicit }), ({ said: [text = ''] }) =>
      text.startsWith('2001:') ? 'allow' : 'drop',
    ),
    ...dnsCells(ask, '6', ground),
    ...three(ask, 'g2h6', a, gateway),
    ...three(ask, 'h2g6', HOST, guest, a),
    ...three(ask, 'g2g6', a, b.address, b.name),
    ...three(ask, 'g2o6', a, OUTSIDE.address, OUTSIDE.name),
    ...seenCells(ask, '6', ground),
    ...three(ask, 'o2g6', OUTSIDE.name, guest, a),
  ]
}

/** What the announcements have told, as it is before anybody is asked. */
function learnt(): (readonly [string, Cell])[] {
  return MEMBERS.flatMap(({ column, name }) => {
    const guest = `${name}-b`
    const hasMade = /inet6 2001:\S+ scope global dynamic/.test(run('ip', '-n', guest, '-6', 'address'))
    const hasRouter = /default via fe80:.* proto ra/.test(run('ip', '-n', guest, '-6', 'route'))
    return [
      [`ra.slaac ${column}`, { questions: [], word: () => (hasMade ? 'yes' : 'no') }],
      [`ra.defroute ${column}`, { questions: [], word: () => (hasRouter ? 'yes' : 'no') }],
    ] as const
  })
}

for (const heading of ['One network, IPv6', 'Between networks, IPv6']) {
  const wanted = expected(heading)
  test(`${heading}: ${String(wanted.size)} cells are as the page says`, async () => {
    const words = await drive(world.witnesses, cells, wanted)
    assert.deepEqual(Object.fromEntries(words), Object.fromEntries(wanted))
  })
}

testForeign({ family: IPV6, members: MEMBERS, world: () => world, cells: () => cells })
