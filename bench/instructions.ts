/**
 * Instructions a packet costs on its way through this host: `npm run bench:packets`. A machine under TCG whose clock is its instruction
 * counter (-icount) gives the same figure on a busy machine as on a quiet one, within 3 %. Small UDP packets of an established flow.
 */
import { countPackets, DIRECTIONS, type Ruleset } from './packet-guest.ts'
import { packetRulesets } from './packet-rulesets.ts'
import { printTable, short } from './table.ts'

const rulesets = packetRulesets()
report(rulesets, await countPackets(rulesets))

function report(rulesets: readonly Ruleset[], said: string): void {
  const counted = new Map(
    [...said.matchAll(/^counted (\d+) (\w+) (\d+)/gm)].map(([, run = '', direction = '', count]) => [
      `${run} ${direction}`,
      Number(count),
    ]),
  )
  const of = (index: number, direction: string): number =>
    counted.get(`${String(index)} ${direction}`) ?? Number.NaN
  const dialled = rulesets.flatMap(({ calls }, index) => (calls === undefined ? [] : [index]))
  const [one = Number.NaN] = dialled.map((index) => of(index, 'first'))
  const rows = rulesets
    .slice(0, dialled[0])
    .map(({ name }, index) => [
      said.includes(`refused ${String(index)}`) ? `${name} (refused by this kernel)` : name,
      ...DIRECTIONS.flatMap((direction) => [
        of(index, direction).toFixed(0),
        `${short(of(index, direction) / of(0, direction))}x`,
      ]),
    ])
  printTable(
    'Instructions for a 64-byte UDP packet of an established flow, sender to receiver, and beside plain routing',
    ['', 'guest to outside', '', 'answers', ''],
    rows,
  )
  printTable(
    'Instructions for the first packet of a flow, from outside through a published port to the guest',
    ['', 'first packet', ''],
    dialled.map((index) => [
      `${rulesets[index]?.name ?? ''}${new RegExp(`^arrived ${String(index)} [1-9]`, 'm').test(said) ? '' : ' (nothing arrived)'}`,
      of(index, 'first').toFixed(0),
      `${short(of(index, 'first') / one)}x`,
    ]),
  )
}
