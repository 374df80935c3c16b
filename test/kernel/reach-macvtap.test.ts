/** Who reaches whom on a NIC of the host, in each mode of macvlan: docs/reference/who-reaches-whom.md, with real packets. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { askerOf, cell, drive, three, type Cell } from '../support/reach-cells.ts'
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

const MODES = ['bridge', 'private', 'vepa', 'passthrough'] as const
/** Each has a NIC of its own, named like the namespace of the neighbour at its other end. */
const MEMBERS: readonly Member[] = MODES.map((mode) => ({
  column: mode,
  name: mode,
  yaml: `mode: ${mode}\ndevices: [nic-${mode.slice(0, 4)}]`,
}))
const nicOf = (mode: string): string => `nic-${mode.slice(0, 4)}`
const address = (mode: string, last: number): string =>
  `10.9.${String(MODES.findIndex((each) => each === mode) + 1)}.${String(last)}`

let world: World
let cells: ReadonlyMap<string, Cell>

before(async () => {
  const real = openWorld()
  for (const mode of MODES) addHost(nicOf(mode), `${address(mode, 1)}/24`, `${address(mode, 2)}/24`)
  await startMembers(real, MEMBERS)
  const guests = MODES.flatMap((mode) => lettersOf(mode).map((letter) => ({ mode, letter })))
  for (const { mode, letter } of guests) {
    const guest = `${mode}-${letter}`
    await plugIn(real, mode, guest)
    run('ip', '-n', guest, 'address', 'add', `${address(mode, letter === 'a' ? 11 : 12)}/24`, 'dev', 'eth0')
  }
  const none: readonly string[] = []
  const names = [HOST, ...MODES.map(nicOf), ...guests.map(({ mode, letter }) => `${mode}-${letter}`)]
  world = { real, witnesses: await callWitnesses(Object.fromEntries(names.map((name) => [name, none]))) }
  cells = new Map(MODES.flatMap(onNic))
})

after(() => closeWorld(world, MEMBERS))

/** passthrough takes one guest a NIC. */
const lettersOf = (mode: string): readonly string[] => (mode === 'passthrough' ? ['a'] : ['a', 'b'])

function onNic(mode: string): (readonly [string, Cell])[] {
  const ask = askerOf(world.witnesses, mode)
  const [guest, other, nic] = [`${mode}-a`, `${mode}-b`, nicOf(mode)]
  return [
    cell(ask('g2h.icmp', guest, 'ping', address(mode, 1))),
    cell(ask('h2g.icmp', HOST, 'ping', address(mode, 11), { of: guest })),
    cell(ask('h2o.icmp', HOST, 'ping', address(mode, 2), { of: nic })),
    ...three(ask, 'g2g', guest, address(mode, 12), other),
    ...three(ask, 'g2o', guest, address(mode, 2), nic),
    ...three(ask, 'o2g', nic, address(mode, 11), guest),
  ]
}

const wanted = expected('Straight on a NIC: macvtap and macvlan')
test(`${String(wanted.size)} cells of guests on a NIC are as the page says`, async () => {
  const words = await drive(world.witnesses, cells, wanted)
  assert.deepEqual(Object.fromEntries(words), Object.fromEntries(wanted))
})
