/** What becomes of a network that runs, side by side in golden/: the definitions before and after, and the plan as a script. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatNetworkXml } from '../../../libvirt/xml/network.ts'
import { disruptionOf } from '../../plan/disruption.ts'
import { renderPlan } from '../../plan/render.ts'
import { GOLDEN_CHANGES, type GoldenChange } from './golden-changes.ts'
import { planNetworkUpdate } from './plan-update.ts'
import { assertGoldenFolder, NETWORK_FACTS as facts } from '../../../../test/support/golden.ts'

const plan = (golden: GoldenChange): ReturnType<typeof planNetworkUpdate> =>
  planNetworkUpdate(golden, golden.seen(facts), facts, golden.others)

for (const golden of GOLDEN_CHANGES) {
  test(`${golden.name}: ${golden.about}`, () => {
    const folder = join(import.meta.dirname, 'golden', golden.name)
    assertGoldenFolder(folder, {
      'about.txt': `${golden.about}.\n`,
      'live.xml': formatNetworkXml(golden.live),
      'wanted.xml': formatNetworkXml(golden.wanted),
      'change.sh': renderPlan(plan(golden)),
    })
  })
}

test('who notices what: reservations and records nobody, ranges a blip, another gateway everybody', () => {
  const levels = Object.fromEntries(
    GOLDEN_CHANGES.map((golden) => [golden.name, disruptionOf(plan(golden)).level]),
  )
  assert.deepEqual(levels, {
    reservation: 'none',
    range: 'blip',
    subnet: 'cut-off',
    gateway: 'cut-off',
    prefix: 'blip',
    'ipv6-comes': 'blip',
    'ipv6-goes': 'cut-off',
    'mode-route': 'none',
    'mode-isolated': 'cut-off',
    device: 'none',
    mtu: 'none',
    'mtu-usual': 'none',
    'route-exchanged': 'none',
    isolation: 'cut-off',
    stp: 'none',
    portgroup: 'none',
    bandwidth: 'blip',
    'bandwidth-other': 'blip',
    firewall: 'none',
    rules: 'none',
    'firewall-gone': 'none',
    grown: 'cut-off',
    shrunk: 'cut-off',
  })
})

test('no bridge and no link is ever deleted to be changed', () => {
  for (const golden of GOLDEN_CHANGES)
    assert.doesNotMatch(
      renderPlan(plan(golden)),
      /ip link (delete|add)(?! (name|dev) virbr0-in )|nomaster/,
      golden.name,
    )
})
