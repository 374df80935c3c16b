/** `weft trace` and `weft exposure` at the door: what they print, in how many columns, and how they end. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
const ip = (words: string): void => {
  const { status, stderr } = spawnSync('ip', words.split(' '), { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

before(async () => {
  ip('link add eth0 type veth peer name far')
  ip('address add 192.0.2.10/24 dev eth0')
  for (const link of ['eth0', 'far']) ip(`link set ${link} up`)
  ip('route add default via 192.0.2.1')
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  for (const name of ['web', 'box']) {
    ip(`netns add ${name}`)
    weft.ok('port', 'add', 'default', '--netns', name)
  }
})

after(() => weft.stop())

const tooWide = (text: string): string[] => text.split('\n').filter((line) => line.length > 80)

test('a packet that is sent, and one that is only worked out', () => {
  const sent = weft.run(['trace', 'web', 'host:53', '--protocol', 'udp'])
  assert.equal(sent.code, 0, sent.err)
  assert.match(sent.out, /^As the kernel decided it\.$/m)
  assert.match(sent.out, /inet weft input/)
  const computed = weft.run(['trace', 'web', '198.51.100.7:443', '--computed', '--json'])
  const answer = JSON.parse(computed.out) as { verdict?: unknown }
  assert.ok(JSON.stringify(answer).includes('source_nat'), computed.out)
  const people = weft.run(['trace', 'web', '198.51.100.7:443', '--computed'])
  assert.deepEqual([...tooWide(sent.out), ...tooWide(people.out)], [])
  // The table that was there for it is gone.
  assert.doesNotMatch(spawnSync('nft', ['list', 'tables'], { encoding: 'utf8' }).stdout, /weft_trace/)
})

test('ends that nobody knows are told', () => {
  const unknown = weft.run(['trace', 'nobody', 'host'])
  assert.equal(unknown.code, 3)
  assert.match(unknown.err, /'nobody'/)
  assert.equal(weft.run(['trace', 'web', 'host:99999']).code, 2)
})

test('who reaches whom, as a table and by which rule', () => {
  const table = weft.run(['exposure'])
  assert.equal(table.code, 0, table.err)
  assert.match(table.out, /web/)
  assert.match(table.out, /box/)
  assert.deepEqual(tooWide(table.out), [])
  const rules = weft.ok('exposure', 'web', '--rules')
  assert.match(rules, /inet weft/)
  assert.doesNotMatch(rules, /^ *box /m)
  assert.equal(weft.run(['exposure', 'nobody']).code, 3)
  const json = JSON.parse(weft.ok('exposure', '--json')) as { services: readonly unknown[] }
  assert.ok(json.services.length > 0)
})
