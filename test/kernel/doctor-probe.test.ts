/** What the doctor finds by trying, where reading is not enough; and that nothing of it leaves the links of this host or stays anywhere. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { findFaults, type Walked } from '../../src/app/doctor.ts'
import type { Fault } from '../../src/core/doctor/check.ts'
import { leaseFile } from '../../src/core/host/paths.ts'
import {
  closeDoctorWorld,
  faultsOf,
  GUEST,
  openDoctorWorld,
  ROUTER,
  type DoctorWorld,
} from '../support/doctor-world.ts'
import { run, until } from '../support/real-app.ts'

let world: DoctorWorld
before(async () => {
  world = await openDoctorWorld()
})
after(() => closeDoctorWorld(world))

const probe = (guest?: string): Promise<Walked[]> => findFaults(world.real.app, guest, { probes: true })
const faults = async (guest?: string): Promise<Fault[]> => faultsOf(await probe(guest))

const tried = (walked: readonly Walked[]): Record<string, string> =>
  Object.fromEntries(
    walked.flatMap(({ stages }) =>
      stages.filter(({ stage }) => / (asked|pinged)$/.test(stage)).map(({ stage, text }) => [stage, text]),
    ),
  )

const COUNT = `table inet count {
  chain out { type filter hook output priority 300; oifname "isp" ip daddr != ${ROUTER} counter; }
  chain through { type filter hook forward priority 300; oifname "isp" counter; }
}`

test('where all is well everything answers, nobody keeps anything, and nothing goes further', async () => {
  const leases = leaseFile(world.real.app.facts.paths, 'lab')
  const textOf = (): string => {
    try {
      return readFileSync(leases, 'utf8')
    } catch {
      return ''
    }
  }
  const earlier = textOf()
  run('nft', COUNT)
  const all = await probe()
  const counted = run('nft', 'list', 'table', 'inet', 'count')
  run('nft', 'delete', 'table', 'inet', 'count')
  assert.deepEqual(faultsOf(all), [])
  assert.deepEqual(counted.match(/counter packets \d+/g), ['counter packets 0', 'counter packets 0'])
  assert.equal(textOf(), earlier)
  const { 'lease asked': lease, ...rest } = tried(all)
  assert.match(lease ?? '', /^10\.9\.0\.10[0-3] was offered, and not taken$/)
  assert.deepEqual(rest, {
    'router pinged': `${ROUTER} answers pings`,
    'name asked': '10.9.0.1 answers',
    'guest pinged': 'friend answers pings',
  })
  assert.equal(tried(await probe(GUEST))['guest pinged'], 'box answers pings')
  assert.deepEqual(tried(await world.ask()), {})
})

test('a DHCP server in a guest offers addresses too', async () => {
  const conf = `${world.real.root}/udhcpd.conf`
  const lines = [
    ...['interface eth0', 'start 10.9.0.150', 'end 10.9.0.160', 'opt subnet 255.255.255.0'],
    ...[`lease_file ${world.real.root}/udhcpd.leases`, `pidfile ${world.real.root}/udhcpd.pid`],
  ]
  await world.type(`printf '%s\\n' '${lines.join("' '")}' > ${conf}; touch ${world.real.root}/udhcpd.leases`)
  await world.type(`ip netns exec friend busybox udhcpd ${conf}`)
  try {
    assert.deepEqual(faultsOf(await world.ask(GUEST)), [])
    let found: Fault[] = []
    await until('its offer is heard', async () => (found = await faults(GUEST)).length > 0)
    const [fault, ...more] = found
    assert.deepEqual([fault?.kind, fault?.culprit, more], ['second-dhcp', 'guest friend', []])
    assert.match(fault?.advice ?? '', /weft port set lab friend --link down/)
  } finally {
    await world.type(`kill $(cat ${world.real.root}/udhcpd.pid)`)
  }
  await until('it offers nothing any more', async () => (await faults(GUEST)).length === 0)
})

test('a rule that weft does not understand is the likeliest to keep addresses from guests', async () => {
  run(
    'nft',
    'table inet odd { chain in { type filter hook input priority 0; udp dport 67 udp length > 8 drop; }; }',
  )
  try {
    assert.deepEqual(faultsOf(await world.ask(GUEST)), [])
    const [fault] = await faults(GUEST)
    assert.equal(fault?.kind, 'dhcp-silent')
    assert.match(fault.culprit, /'udp dport 67 udp length > 8 drop' in chain 'in' of table 'inet odd'/)
  } finally {
    run('nft', 'delete', 'table', 'inet', 'odd')
  }
})

test('a rule that keeps this host from its own dnsmasq is named', async () => {
  run(
    'nft',
    'table inet quiet { chain in { type filter hook input priority 0; iifname "lo" udp dport 53 drop; }; }',
  )
  try {
    assert.deepEqual(faultsOf(await world.ask(GUEST)), [])
    const [fault] = await faults(GUEST)
    assert.deepEqual(
      [fault?.kind, fault?.mend?.replace(/\d+$/, '')],
      ['rule-drops', 'nft delete rule inet quiet in handle '],
    )
  } finally {
    run('nft', 'delete', 'table', 'inet', 'quiet')
  }
})

test('a router that has just gone, and that the kernel believes in', async () => {
  run('ip', '-n', 'isp', 'address', 'del', `${ROUTER}/24`, 'dev', 'eth0')
  // As after half a minute: what it knows it believes, until it asks again.
  run('ip', 'neigh', 'change', ROUTER, 'dev', 'isp', 'nud', 'stale')
  try {
    assert.deepEqual(faultsOf(await world.ask()), [])
    const found = await faults()
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['router-mute'],
    )
  } finally {
    run('ip', '-n', 'isp', 'address', 'add', `${ROUTER}/24`, 'dev', 'eth0')
  }
  await until('the router answers again', async () => (await faults()).length === 0)
})
