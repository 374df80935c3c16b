/** Network filters with real packets: what a port that is held to one can send and receive, and what is left of it afterwards. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { defineFilter, filteredPorts, undefineFilter } from '../../src/app/filters.ts'
import { repairNetworks } from '../../src/app/repair.ts'
import type { FilterReference, FilterSpec } from '../../src/core/network/filter/filter-spec.ts'
import { filteredTable, GOLDEN_FILTERS } from '../../src/core/network/filter/golden-filters.ts'
import { formatGuardTable, guardChanges, parseGuardTable } from '../../src/core/network/guard/guard-text.ts'
import { readFilterXml } from '../../src/libvirt/xml/filter.ts'
import {
  ALL,
  at,
  busy,
  BY,
  guardTable,
  inside,
  NOTHING,
  pings,
  reach,
  real,
  set,
  useFirewallWorld,
} from '../support/firewall-world.ts'
import { holdPort } from '../support/hold-port.ts'
import { run } from '../support/real-app.ts'

useFirewallWorld()

afterEach(async () => {
  await hold('a', undefined)
})

const hold = (guest: string, reference: FilterReference | undefined): Promise<void> =>
  holdPort(real.app, 'lab', guest, reference)

async function read(xml: string): Promise<FilterSpec> {
  const given = await readFilterXml(xml)
  assert.ok(!('wrong' in given), JSON.stringify(given))
  return { ...given, uuid: given.uuid ?? '11111111-2222-4333-8444-555555555555' }
}

test('every filter is taken by nft, and seen as it is wanted', () => {
  for (const filter of GOLDEN_FILTERS) {
    const table = filteredTable(filter)
    assert.ok(table)
    run('nft', `add table bridge weft; delete table bridge weft; ${formatGuardTable(table)}`)
    assert.deepEqual(guardChanges(parseGuardTable(guardTable()), table), [], filter.name)
  }
  run('nft', 'delete', 'table', 'bridge', 'weft')
})

test('clean-traffic lets a guest speak as itself, and as nobody else', async () => {
  const [address] = at('b')
  assert.deepEqual([pings('a', address), pings('a', at('b')[1])], [true, true])

  await hold('a', { name: 'clean-traffic' })
  assert.equal(await reach('a', [address]), ALL)
  assert.equal(await reach('b', [at('a')[0]]), ALL)
  inside('a', 'busybox', 'udhcpc', '-i', 'eth0', '-n', '-q', '-f', '-t', '20', '-s', '/bin/true')
  assert.equal(pings('a', at('b')[1]), false, 'IPv6 is another protocol')

  inside('a', 'ip', 'address', 'add', '10.9.0.77/24', 'dev', 'eth0')
  assert.equal(pings('a', address, '-I', '10.9.0.77'), false, 'an address that is not its own')
  inside('b', 'ip', 'neighbour', 'flush', 'dev', 'eth0')
  busy('a', 'arping', '-U', '-c', '2', '-I', 'eth0', '-s', '10.9.0.77', '10.9.0.12')
  busy('a', 'arping', '-c', '1', '-w', '2', '-I', 'eth0', '-s', '10.9.0.77', '10.9.0.12')
  assert.doesNotMatch(
    inside('b', 'ip', 'neighbour', 'show'),
    /10\.9\.0\.77.*lladdr/,
    'it is not in ARP either',
  )
  inside('a', 'ip', 'address', 'delete', '10.9.0.77/24', 'dev', 'eth0')

  inside('a', 'ip', 'link', 'set', 'eth0', 'address', '52:54:00:00:00:77')
  assert.equal(pings('a', address), false, 'a MAC that is not its own')
  inside('a', 'ip', 'link', 'set', 'eth0', 'address', '52:54:00:00:00:11')
  assert.equal(pings('a', address), true)
})

const WEB = `<filter name='web-only' chain='root'>
  <rule action='accept' direction='in'><tcp dstportstart='22'/></rule>
  <rule action='accept' direction='in'><tcp dstportstart='80'/></rule>
  <rule action='accept' direction='inout'><icmp/></rule>
  <rule action='drop' direction='inout'><all/></rule>
</filter>`

/** Whether somebody answers there. */
function connects(from: string, to: string, port: number): boolean {
  try {
    inside(from, 'busybox', 'nc', '-z', '-w', '3', to, String(port))
    return true
  } catch {
    return false
  }
}

test('a filter of two services lets these in with their answers, and nothing else either way', async () => {
  await defineFilter(real.app, await read(WEB), BY)
  await hold('a', { name: 'web-only' })
  const [a] = at('a')
  // Nobody listens: what gets through is refused at once, what does not is not answered.
  const answers = (from: string, to: string, port: number): string => {
    try {
      return inside(
        from,
        'busybox',
        'sh',
        '-c',
        `busybox nc -w 3 ${to} ${String(port)} </dev/null 2>&1 || true`,
      )
    } catch (error) {
      return String(error)
    }
  }
  assert.match(answers('b', a, 22), /refused/)
  assert.match(answers('b', a, 80), /refused/)
  assert.doesNotMatch(answers('b', a, 25), /refused/)
  assert.doesNotMatch(answers('a', at('b')[0], 22), /refused/)
  assert.equal(pings('b', a), true)
  assert.equal(await reach('b', [a]), NOTHING)
  assert.equal(connects('b', a, 25), false)

  const open = WEB.replace(
    "<rule action='drop'",
    "<rule action='accept' direction='in' priority='400'><all/></rule><rule action='drop'",
  )
  await defineFilter(real.app, { ...(await read(open)) }, BY)
  assert.equal(await reach('b', [a]), ALL, 'what is defined anew counts at once')
  await assert.rejects(undefineFilter(real.app, 'web-only', BY), /nwfilter is in use/)
  await hold('a', undefined)
  await undefineFilter(real.app, 'web-only', BY)
})

test('what a filter accepts still has to be accepted by the rules of the network', async () => {
  await set({ in: 'deny' })
  await hold('a', { name: 'clean-traffic' })
  assert.equal(await reach('b', [at('a')[0]]), NOTHING)
  await set({ in: 'allow' })
  assert.equal(await reach('b', [at('a')[0]]), ALL)
})

test('nothing is left of a filter, and what somebody flushes comes back', async () => {
  const before = run('nft', 'list', 'ruleset')
  await hold('a', { name: 'clean-traffic' })
  assert.deepEqual(
    (await filteredPorts(real.app)).map(({ filter }) => filter.name),
    ['clean-traffic'],
  )
  const wanted = parseGuardTable(guardTable())
  run('nft', 'delete', 'table', 'bridge', 'weft')
  await repairNetworks(real.app)
  assert.deepEqual(guardChanges(parseGuardTable(guardTable()), wanted), [])
  run('nft', 'flush', 'chain', 'bridge', 'weft', `lab/filter/${await portName()}/out`)
  await repairNetworks(real.app)
  assert.deepEqual(guardChanges(parseGuardTable(guardTable()), wanted), [])
  assert.deepEqual(await repairNetworks(real.app), [])
  await hold('a', undefined)
  assert.equal(run('nft', 'list', 'ruleset'), before)
})

async function portName(): Promise<string> {
  const [port] = await filteredPorts(real.app)
  return port?.interface ?? ''
}

test('what a filter needs and nobody says is told', async () => {
  await assert.rejects(hold('a', { name: 'clean-traffic-gateway' }), /unresolvable variables[^]*GATEWAY_MAC/)
  await assert.rejects(hold('a', { name: 'nope' }), /referenced filter 'nope' is missing/)
  const learning = [{ name: 'CTRL_IP_LEARNING', value: 'none' }]
  await assert.rejects(
    hold('a', { name: 'clean-traffic', parameters: learning }),
    /unresolvable variables[^]*IP/,
  )
})
