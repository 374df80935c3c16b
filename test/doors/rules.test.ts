/** Rules and groups as people type them: added, shown, refused, taken back, while guests run. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RulesView } from '../../src/api/views.ts'
import { host, newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  for (const [name, last] of [
    ['web', '21'],
    ['db', '22'],
  ] as const) {
    host('ip', 'netns', 'add', name)
    weft.ok('port', 'add', 'default', '--netns', name, '--ip', `192.168.122.${last}`)
  }
})
after(() => weft.stop())

const words = (line: string): string[] => line.split(' ')
const rules = (): RulesView => JSON.parse(weft.ok('rule', 'list', 'default', '--json')) as RulesView

test('a network begins without rules', () => {
  assert.equal(
    weft.ok('rule', 'list', 'default'),
    'Network default has no rules: everybody may talk to everybody\n',
  )
  assert.match(weft.ok('group', 'list', 'default'), /has no groups: weft group add default GROUP GUEST/)
})

test('a dry run shows the transaction and changes nothing', () => {
  const script = weft.ok(...words('rule set default --in deny --dry-run'))
  assert.match(script, /nft -f - <<'EOF'/)
  assert.match(script, /guests of default is judged by its rules/)
  assert.equal(rules().antiSpoofing, 'none')
  assert.doesNotMatch(host('nft', 'list', 'tables'), /bridge weft/)
})

test('rules, groups and what is left are shown in the order in which they are judged', () => {
  assert.equal(
    weft.ok(...words('rule add default allow in tcp 22')),
    "Rule 'allow in tcp 22' added to network default\n",
  )
  weft.ok(...words('group add default front web'))
  weft.ok(...words('rule set default --in deny'))
  weft.ok(...words('rule add default --guest db allow in tcp 5432 from @front'))
  weft.ok(...words('rule set default --guest db --out deny'))
  weft.ok(...words('rule add default --group front allow in tcp 80,8000-8100'))
  weft.ok(...words('rule add default --before 1 deny in tcp 22 from 203.0.113.0/24'))
  assert.equal(
    weft.ok('rule', 'list', 'default'),
    ` Of                No     Rule                                 Packets
------------------------------------------------------------------------
 guest db          1      allow in tcp 5432 from @front        0
 guest db          else   out deny
 group front       1      allow in tcp 80,8000-8100            0
 network default   1      deny in tcp 22 from 203.0.113.0/24   0
 network default   2      allow in tcp 22                      0

Otherwise:        in deny, out allow
Made-up senders:  MACs are checked, 0 packets dropped
`,
  )
  assert.match(weft.ok('group', 'list', 'default'), /front {3}1 {7}web/)
})

test('the definition has them, and so has what runs', () => {
  assert.match(
    weft.ok('net', 'show', 'default', '--yaml'),
    /firewall:\n {2}in: deny\n {2}rules:\n {4}- deny in tcp 22 from/,
  )
  assert.match(weft.ok('net', 'show', 'default', '--xml'), /<weft:rule>allow in tcp 22<\/weft:rule>/)
  const table = host('nft', 'list', 'table', 'bridge', 'weft')
  assert.match(table, /tcp dport 5432 counter packets 0 bytes 0 goto allow_in/)
})

for (const [line, code, message, hint] of [
  ['rule add default allow in tcp 22', 1, "the rule 'allow in tcp 22' is there already, as number 2", ''],
  [
    'rule add default allow in tcp 22 from nobody',
    3,
    "network 'default' has no guest named 'nobody'",
    'it has: db, web',
  ],
  [
    'rule add default --guest nobody allow in',
    3,
    "network 'default' has no guest named 'nobody'",
    'it has: db, web',
  ],
  ['rule add default allow in from @nobody', 3, "there is no group 'nobody'", 'there are: front'],
  [
    'rule add default allow in tcp 9-8',
    2,
    'the range of ports 9-8 is the wrong way round',
    'such as: allow in',
  ],
  ['rule add default allow in icmp 8', 2, 'only tcp and udp have ports, icmp has none', 'name one'],
  [
    'rule add default allow in from 10.0.0.0/33',
    2,
    "'10.0.0.0/33' is not an address or a subnet",
    'such as 10.0.0.0/8',
  ],
  ['rule add nowhere allow in', 3, "there is no network named 'nowhere'", 'weft net list'],
  ['rule remove default 9', 3, 'there is no rule number 9: the last is number 2', ''],
  ['rule remove default allow in udp 1', 3, "there is no rule 'allow in udp 1'", ''],
  ['rule set default', 2, 'nothing was said to be changed', 'weft rule set NETWORK --in deny'],
  [
    'rule set default --group front --anti-spoofing mac',
    2,
    'anti-spoofing is of a network or of a guest',
    '',
  ],
  ['rule set default --guest db --addresses 10.0.0.300', 2, "'10.0.0.300' is not an address or a subnet", ''],
  ['group add default front nobody', 3, "network 'default' has no guest named 'nobody'", ''],
  ['group remove default front db', 3, "'db' is not in the group 'front'", 'in it are: web'],
  ['group remove default back', 3, "there is no group 'back'", ''],
  [
    'group remove default front',
    1,
    "the firewall of network 'default' is not acceptable",
    "there is no group 'front'",
  ],
] as const)
  test(`'weft ${line}' is refused`, () => {
    const before = rules()
    const { err, code: status } = weft.run(words(line))
    assert.ok(err.includes(message), err)
    assert.ok(err.includes(hint), err)
    assert.notEqual(status, 0)
    if (code !== 1) assert.equal(status, code)
    assert.deepEqual(rules(), before)
  })

test('the last change is taken back, in the definition and in what runs', () => {
  const before = rules()
  weft.ok(...words('rule remove default --guest db 1'))
  assert.doesNotMatch(host('nft', 'list', 'table', 'bridge', 'weft'), /5432/)
  weft.ok('undo')
  assert.match(host('nft', 'list', 'table', 'bridge', 'weft'), /5432/)
  assert.deepEqual(rules(), before)
  weft.ok(...words('rule add default allow in udp 53'))
  assert.equal(rules().lists.at(-1)?.rules.length, 3)
})

test('what is dropped is counted', () => {
  assert.throws(() => host('ip', 'netns', 'exec', 'web', 'busybox', 'ping', '-c1', '-W1', '192.168.122.22'))
  weft.ok(...words('rule add default --guest db deny in icmp'))
  assert.throws(() => host('ip', 'netns', 'exec', 'web', 'busybox', 'ping', '-c1', '-W1', '192.168.122.22'))
  const db = rules().lists.find(({ guest }) => guest === 'db')
  assert.equal(db?.rules.find(({ rule }) => rule === 'deny in icmp')?.matched?.packets, 1)
})
