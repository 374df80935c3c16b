/** A network changed piece by piece at the terminal: libvirt's words, weft's words, refusals, undo. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { host, newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
const conf = (): string => readFileSync(join(weft.root, 'run/weft/networks/default/dnsmasq.conf'), 'utf8')
const hosts = (): string => readFileSync(join(weft.root, 'run/weft/networks/default/dnsmasq.hosts'), 'utf8')
const pid = (): string => readFileSync(join(weft.root, 'run/weft/networks/default/dnsmasq.pid'), 'utf8')

before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  host('ip', 'netns', 'add', 'box')
  weft.ok('port', 'add', 'default', '--netns', 'box')
})
after(() => {
  host('ip', 'netns', 'delete', 'box')
  return weft.stop()
})

test('a reservation is added, changed and deleted, and dnsmasq runs on', () => {
  const before = pid()
  assert.equal(
    weft.ok(
      'net',
      'update',
      'default',
      'add',
      'host',
      'mac=52:54:00:00:00:07',
      'ip=192.168.122.7',
      'name=web',
    ),
    'Updated network default persistent config and live state\n',
  )
  assert.match(hosts(), /^52:54:00:00:00:07,192\.168\.122\.7,web$/m)
  assert.match(
    weft.ok('net', 'show', 'default', '--xml'),
    /<host mac='52:54:00:00:00:07' name='web' ip='192\.168\.122\.7'\/>/,
  )
  weft.ok('net', 'update', 'default', 'modify', 'host', 'name=web', 'ip=192.168.122.8')
  assert.match(hosts(), /^52:54:00:00:00:07,192\.168\.122\.8,web$/m)
  weft.ok(
    'net-update',
    'default',
    'delete',
    'ip-dhcp-host',
    "<host mac='52:54:00:00:00:07'/>",
    '--live',
    '--config',
  )
  assert.doesNotMatch(hosts(), /52:54:00:00:00:07/)
  assert.equal(pid(), before)
  assert.doesNotMatch(weft.ok('net', 'show', 'default'), /changed since it was started/)
})

test('--live and --config change one of the two, and net show says that they differ', () => {
  const live = ['add', 'dns-txt', 'name=note', 'value=hello world', '--live']
  assert.equal(weft.ok('net', 'update', 'default', ...live), 'Updated network default live state\n')
  assert.match(conf(), /^txt-record=note,hello world$/m)
  assert.doesNotMatch(weft.ok('net', 'show', 'default', '--xml'), /hello world/)
  assert.match(weft.ok('net', 'show', 'default'), /changed since it was started/)
  assert.equal(
    weft.ok('net', 'update', 'default', 'add', 'txt', 'note', 'value=hello world', '--config'),
    'Updated network default persistent config\n',
  )
  assert.doesNotMatch(weft.ok('net', 'show', 'default'), /changed since it was started/)
})

test('--dry-run says who would notice, as text and as JSON', () => {
  const words = [
    'net',
    'update',
    'default',
    'modify',
    'range',
    '192.168.122.100-192.168.122.199',
    '--dry-run',
  ]
  assert.match(weft.ok(...words), /^# a blip for box: what is asked or sent in that moment/m)
  const view = JSON.parse(weft.ok(...words, '--json')) as {
    disruption: { level: string; guests: string[] }
    steps: { reason: string; command: string; disruption: { level: string } }[]
  }
  assert.equal(view.disruption.level, 'blip')
  assert.deepEqual(view.disruption.guests, ['box'])
  assert.ok(view.steps.some((step) => step.disruption.level === 'none'))
  const away = weft.ok(
    'net',
    'update',
    'default',
    'modify',
    'ip',
    '192.168.122.254',
    'range=192.168.122.2-192.168.122.200',
    '--dry-run',
  )
  assert.match(away, /^# cuts off box$/m)
})

test('a change of both is one change, taken back as one', () => {
  const [before, running] = [weft.ok('net', 'show', 'default', '--xml'), conf()]
  weft.ok('net', 'update', 'default', 'add', 'domain', 'lab.example')
  assert.match(conf(), /^domain=lab\.example$/m)
  weft.ok('undo')
  assert.equal(conf(), running)
  assert.equal(weft.ok('net', 'show', 'default', '--xml'), before)
  weft.ok('net', 'update', 'default', 'add', 'domain', 'lab.example')
  weft.ok('net', 'update', 'default', 'delete', 'domain')
  assert.equal(conf(), running)
})

const REFUSALS: readonly (readonly [words: readonly string[], code: number, says: RegExp])[] = [
  [['add', 'hots', 'mac=52:54:00:00:00:01'], 2, /no section 'hots'\n +try +did you mean host\?/],
  [['frob', 'host', 'mac=52:54:00:00:00:01'], 2, /'frob' is nothing that can be done/],
  [['add', 'host', 'mac=52:54:00:00:00:01', 'nmae=x'], 2, /did you mean 'name'/],
  [['add', 'host', 'mac=zz', 'ip=192.168.122.9'], 2, /'zz' is not a MAC address/],
  [
    ['add', 'host', 'mac=52:54:00:00:00:01', 'ip=10.0.0.9'],
    2,
    /10\.0\.0\.9 is not inside 192\.168\.122\.0\/24/,
  ],
  [['add', 'host'], 2, /does not say enough: give the MAC of a guest, or its name/],
  [['add', 'host', 'id=00:01', 'ip=fd77::5'], 2, /has no IPv6 address/],
  [['delete', 'host', 'mac=52:54:00:00:00:99'], 3, /has no reservation mac=52:54:00:00:00:99/],
  [['add', 'txt', 'note', 'value=again'], 4, /has a TXT record already/],
  [['add', 'dns-txt', '<foo/>'], 2, /this is a <foo>, but an entry of dns-txt is a <txt>/],
  [['add', 'dns-txt', '<txt name='], 2, /unclosed|unexpected|not closed/i],
  [
    ['modify', 'bridge', 'name=br9'],
    4,
    /cannot become br9: a link is renamed only while it is down\n.*--config/s,
  ],
  [['modify', 'forward', 'mode=bridge'], 4, /only as a whole\n +try +weft net edit default/],
  [['add', 'forward-pf', '<pf dev="eth0"/>'], 4, /forward-pf/],
  [['add', 'portgroup', 'default=yes'], 2, /a port group has a name|no attribute 'name'/],
]
test('what cannot be is refused with what to do, and nothing is changed', () => {
  const [before, running] = [weft.ok('net', 'show', 'default', '--xml'), conf()]
  for (const [words, code, says] of REFUSALS) {
    const refused = weft.run(['net', 'update', 'default', ...words])
    assert.match(refused.err, says)
    assert.equal(refused.code, code, words.join(' '))
  }
  assert.equal(weft.ok('net', 'show', 'default', '--xml'), before)
  assert.equal(conf(), running)
})

test('an inactive network is changed in its definition only; --live of it is refused', () => {
  writeFileSync(join(weft.root, 'lab.yaml'), 'name: lab\nmode: isolated\naddress: 10.88.0.1/24\n')
  weft.ok('net', 'define', join(weft.root, 'lab.yaml'))
  const added = weft.ok('net', 'update', 'lab', 'add', 'range', '10.88.0.10-10.88.0.20')
  assert.equal(added, 'Updated network lab persistent config\n')
  const refused = weft.run(['net', 'update', 'lab', 'add', 'mtu', '1400', '--live'])
  assert.equal(refused.code, 4)
  assert.match(refused.err, /network 'lab' is not active/)
  assert.equal(weft.run(['net', 'update', 'nosuch', 'add', 'mtu', '1400']).code, 3)
})

test('net define --live has a network that runs become as defined', () => {
  const yaml = 'name: lab\nmode: isolated\naddress: 10.88.0.1/24\nmtu: 1400\n'
  weft.ok('net', 'start', 'lab')
  const later = weft.run(['net', 'define'], yaml)
  assert.match(later.err, /holds from its next start, or at once with --live/)
  assert.doesNotMatch(host('ip', 'link', 'show', 'virbr1'), /mtu 1400/)
  const live = weft.run(['net', 'define', '--live'], yaml)
  assert.equal(live.code, 0, live.err)
  assert.match(host('ip', 'link', 'show', 'virbr1'), /mtu 1400/)
  const refused = weft.run(['net', 'define', '--live'], yaml.replace('isolated', 'bridge') + 'bridge: br0\n')
  assert.notEqual(refused.code, 0)
  weft.ok('net', 'stop', 'lab')
})
