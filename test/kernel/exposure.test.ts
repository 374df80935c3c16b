/** Every cell of the exposure table beside a real attempt: with weft alone, with its rules, and beside firewalls of others. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { exposure, type Asker, type Exposure } from '../../src/app/exposure.ts'
import { addNetworkRule, removeNetworkRule } from '../../src/app/firewall.ts'
import { viewHost } from '../../src/app/flow-host.ts'
import { formatExposure } from '../../src/cli/views/exposure.ts'
import { exposureHandlers } from '../../src/http/handlers/exposure.ts'
import { FOREIGN_SETS } from '../support/foreign-sets.ts'
import {
  addressOf,
  BY,
  closePublishWorld,
  FAR,
  GUESTS,
  openPublishWorld,
  OUTSIDE,
  publishPorts,
  SERVED,
  UPLINK,
  type Guest,
} from '../support/publish-world.ts'
import { run } from '../support/real-app.ts'
import type { World } from '../support/reach-world.ts'
import { askAll, callWitnesses, dismiss, HOST, type Question, type Witness } from '../support/witnesses.ts'

/** Every witness listens there; no rule of weft's names it. */
const OTHER = 7011
const INTERNET = 'internet'

let world: World
let witnesses: ReadonlyMap<string, Witness>

before(async () => {
  world = await openPublishWorld()
  const { app } = world.real
  // Guests answer under the address that weft knows of them first.
  const { plugs } = await viewHost(app)
  for (const name of Object.keys(GUESTS) as Guest[]) {
    const ip = plugs.find(({ guest }) => guest === name)?.ip ?? ''
    const inside = (...words: string[]): string => run('ip', '-n', name, ...words)
    inside('address', 'delete', `${addressOf(name)}/24`, 'dev', 'eth0')
    inside('address', 'add', `${ip}/24`, 'dev', 'eth0')
    inside('address', 'add', `${addressOf(name)}/24`, 'dev', 'eth0')
    inside('route', 'replace', 'default', 'via', `10.9.${String(GUESTS[name][1])}.1`)
  }
  // The internet is behind the LAN's router, and both know the way to guests that are routed.
  run('ip', 'netns', 'add', INTERNET)
  run('ip', '-n', OUTSIDE, 'link', 'add', 'far', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', INTERNET)
  run('ip', '-n', OUTSIDE, 'address', 'add', '203.0.113.254/24', 'dev', 'far')
  run('ip', '-n', OUTSIDE, 'link', 'set', 'far', 'up')
  run('ip', '-n', OUTSIDE, 'route', 'add', '10.9.0.0/16', 'via', UPLINK.v4)
  run('ip', 'netns', 'exec', OUTSIDE, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
  run('ip', '-n', INTERNET, 'address', 'add', '203.0.113.1/24', 'dev', 'eth0')
  run('ip', '-n', INTERNET, 'link', 'set', 'eth0', 'up')
  run('ip', '-n', INTERNET, 'route', 'add', 'default', 'via', '203.0.113.254')
  run('ip', 'route', 'add', 'default', 'via', FAR.v4)
  run('ip', '-n', OUTSIDE, 'address', 'add', '2001:db8::fe/64', 'dev', 'far', 'nodad')
  run('ip', '-n', OUTSIDE, 'route', 'add', 'fd09::/64', 'via', UPLINK.v6)
  run('ip', 'netns', 'exec', OUTSIDE, 'sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1')
  run('ip', '-n', INTERNET, 'address', 'add', '2001:db8::1/64', 'dev', 'eth0', 'nodad')
  run('ip', '-n', INTERNET, 'route', 'add', 'default', 'via', '2001:db8::fe')
  run('ip', 'route', 'add', 'default', 'via', FAR.v6)
  witnesses = new Map([...world.witnesses, ...(await callWitnesses({ [INTERNET]: [] }))])
  await publishPorts(world, 'web', `8080:${String(SERVED)}`, `8081:${String(SERVED + 1)},from=lan`)
})

after(async () => {
  dismiss(new Map([...witnesses].filter(([name]) => name === INTERNET)))
  await closePublishWorld(world)
})

const NEIGHBOURS: Readonly<Record<string, readonly Guest[]>> = {
  lab: ['sibling', 'web'],
  other: ['stranger'],
  inner: ['hermit'],
  routed: ['routed'],
}

/** Who asks in its place; nobody for a network whose only guest is the one that is asked. */
function placeOf({ kind, name }: Asker, guest: string): string | undefined {
  if (kind === 'internet') return INTERNET
  if (kind === 'lan') return OUTSIDE
  if (kind === 'host') return HOST
  return NEIGHBOURS[name]?.find((each) => each !== guest)
}

/** This host's address for whoever asks. */
function hostFor({ kind }: Asker, from: string, is6: boolean): string {
  if (kind !== 'network') return is6 ? UPLINK.v6 : UPLINK.v4
  return is6 ? 'fd09::1' : `10.9.${String(GUESTS[from as Guest][1])}.1`
}

interface Expected {
  readonly key: string
  readonly reach: string
  readonly rule: string
  readonly question: Question
}

function questions({ askers, services }: Exposure): Expected[] {
  return services.flatMap(({ guest, address, service, cells }) =>
    cells.flatMap(({ reach, rule }, index): Expected[] => {
      const asker = askers[index]
      const from = asker === undefined ? undefined : placeOf(asker, guest)
      if (asker === undefined || from === undefined || reach === 'unknown') return []
      const key = `${asker.name} to ${service.name} of ${guest} at ${address}`
      const host = hostFor(asker, from, address.includes(':'))
      const how = service.protocol === 'icmp' ? 'ping' : service.protocol
      const port = service.published?.port ?? service.port ?? 0
      const to = service.published === undefined ? address : host
      const said = rule === undefined ? '' : `${rule.table} ${rule.chain}: ${rule.text}`
      return [{ key, reach, rule: said, question: { key, from, how, to, port, of: guest } }]
    }),
  )
}

const WORDS: Readonly<Record<string, string>> = {
  allow: 'yes',
  reject: 'refused',
  oneway: 'no answer',
  drop: 'dropped',
}

/** Where they differ it is tried again: the machine may have been busy. */
async function differing(): Promise<{ count: { ip: number; ip6: number }; said: string[] }> {
  const found = await exposure(world.real.app, { otherPort: OTHER })
  const all = questions(found)
  let left = all
  let said: string[] = []
  for (let tries = 0; tries < 3 && left.length > 0; tries++) {
    const kernel = await askAll(
      witnesses,
      left.map(({ question }) => question),
    )
    const wordOf = (key: string): string => {
      const word = kernel.get(key)?.word ?? ''
      return word.endsWith('UNREACH') ? 'refused' : (WORDS[word] ?? word)
    }
    left = left.filter(({ key, reach }) => wordOf(key) !== reach)
    said = left.map(
      ({ key, reach, rule }) => `${key}: the table ${reach} (${rule}), the attempt ${wordOf(key)}`,
    )
  }
  const ip6 = all.filter(({ question }) => question.to.includes(':')).length
  return { count: { ip: all.length - ip6, ip6 }, said: left.length === 0 ? [] : said }
}

async function agrees(): Promise<void> {
  const { count, said } = await differing()
  assert.deepEqual(said, [])
  assert.ok(count.ip > 100 && count.ip6 > 30, JSON.stringify(count))
}

test('with weft alone, and published ports', agrees)

test('with rules of a network', async () => {
  const rules = ['allow in tcp 7011 from 10.9.1.0/24', 'deny in tcp 7011', 'deny in udp']
  for (const rule of rules) await addNetworkRule(world.real.app, 'lab', { guest: 'web', rule }, BY)
  try {
    await agrees()
  } finally {
    for (const rule of rules)
      await removeNetworkRule(world.real.app, 'lab', { guest: 'web', which: rule }, BY)
  }
})

for (const name of [
  'Docker',
  'ufw',
  'firewalld',
  'Docker with iptables-legacy',
  'old tables of the administrator',
])
  test(`beside ${name}`, async () => {
    const { load, unload } = FOREIGN_SETS[name] ?? { load: '', unload: '' }
    execFileSync('sh', ['-ec', load], { stdio: 'ignore' })
    try {
      await agrees()
    } finally {
      execFileSync('sh', ['-ec', unload])
    }
  })

test('the table is one that can be read', async () => {
  const call = { app: world.real.app, query: { guest: 'web' } } as never
  const view = await exposureHandlers.exposure(call)
  const text = formatExposure(view, true, 80)
  assert.match(text, /^web \(10\.9\.0\.\d+, network lab\)\n Service +internet +LAN +host +/)
  assert.match(text, /^ host:8080\/tcp +yes +yes +yes +/m)
  assert.match(text, /^ host:8081\/tcp +refused +refused +yes +yes +/m)
  for (const line of text.split('\n')) assert.ok(Array.from(line).length <= 80, line)
  assert.match(text, /^web \(fd09::11, network lab\)\n Service +internet +LAN +host +/m)
})
