/** Every interface is told by what it is for: real links of every kind this kernel has. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { HostLinkView } from '../../src/api/host-views.ts'
import { host, newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft

before(async () => {
  weft = await startWeft(newRoot())
  weft.ok('net', 'start', 'default')
  host('ip', 'netns', 'add', 'box')
  weft.ok('port', 'add', 'default', '--netns', 'box')
  for (const words of [
    'add eth7 type veth peer name far netns box',
    'add one type veth peer name two',
    'add br-lan type bridge',
    'set eth7 master br-lan',
    'add docker0 type bridge',
    'add vx5 type vxlan id 5 dstport 4789 local 10.9.0.1 remote 10.9.0.2',
    'add link one name second type macvlan mode bridge',
    'add link one name forvm type macvtap mode vepa',
    'add shaper type ifb',
    'set eth7 up',
    'set one up',
  ])
    host('ip', 'link', ...(words.split(' ') as [string, ...string[]]))
  host('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'br-lan')
  host('ip', 'link', 'set', 'br-lan', 'up')
  host('ip', 'route', 'add', 'default', 'via', '10.9.0.254')
  host('ip', 'tuntap', 'add', 'dev', 'loose', 'mode', 'tap')
})
after(async () => {
  weft.run(['port', 'remove', 'default', 'box'])
  weft.run(['net', 'stop', 'default'])
  await weft.stop()
  host('ip', 'netns', 'delete', 'box')
})

function links(): Map<string, HostLinkView> {
  const list = JSON.parse(weft.ok('host', 'link', 'list', '--json')) as HostLinkView[]
  return new Map(list.map((link) => [link.name, link]))
}

test('each interface has a sentence, and its owner', () => {
  const found = links()
  const expected: readonly (readonly [string, string, string, string])[] = [
    ['lo', 'loopback', 'hardware', 'this host talking to itself'],
    [
      'virbr0',
      'bridge',
      'weft: network default',
      'a switch made of software with 1 interface plugged in; this host is 192.168.122.1/24 on it',
    ],
    [
      'vport0',
      'veth',
      'weft: namespace box',
      'one end of a cable; the other end is in another network namespace, a container for instance; plugged into virbr0',
    ],
    [
      'br-lan',
      'bridge',
      'somebody',
      "a switch made of software with 1 interface plugged in; this host is 10.9.0.1/24 on it; this host's way out",
    ],
    [
      'eth7',
      'veth',
      'somebody',
      'one end of a cable; the other end is in another network namespace, a container for instance; plugged into br-lan; nothing at the other end',
    ],
    ['one', 'veth', 'somebody', 'one end of a cable; the other end is two; nothing at the other end'],
    [
      'docker0',
      'bridge',
      'Docker, by the name',
      'a switch made of software, with nothing plugged in; switched off',
    ],
    [
      'vx5',
      'vxlan',
      'somebody',
      'a tunnel that carries Ethernet in UDP port 4789: VXLAN 5 from 10.9.0.1 to 10.9.0.2; switched off',
    ],
    [
      'second',
      'macvlan',
      'somebody',
      'a second card with a MAC of its own on one, bridge mode; switched off',
    ],
    [
      'shaper',
      'ifb',
      'somebody',
      'a detour for packets that come in, so that they can be slowed down; it carries nothing by itself; switched off',
    ],
    [
      'loose',
      'tap',
      'somebody',
      'a cable whose other end a program holds, a machine for instance; nobody has it open at the moment; switched off',
    ],
  ]
  for (const [name, kind, owner, text] of expected) {
    const link = found.get(name)
    assert.deepEqual([link?.kind, link?.owner, link?.text], [kind, owner, text], name)
  }
  assert.match(
    found.get('forvm')?.text ?? '',
    /on one, vepa mode, for a machine: \/dev\/tap\d+; switched off$/,
  )
  assert.equal(found.get('br-lan')?.isWayOut, true)
  assert.deepEqual(found.get('br-lan')?.addresses, ['10.9.0.1/24'])
})

test('at a terminal it is as wide as a screen', () => {
  const text = weft.ok('host', 'link', 'list')
  assert.match(text, /^ virbr0 +A switch made of software with 1 interface plugged in; this host is$/m)
  assert.match(text, /^ +bridge, weft: network default$/m)
  for (const line of text.split('\n')) assert.ok(line.length <= 79, line)
})

test('its words are found, completed, and corrected', () => {
  assert.match(weft.ok('host'), /weft host link list/)
  assert.match(weft.ok('help', 'host', 'link', 'list'), /^Usage|weft host link list/m)
  assert.match(weft.run(['host', 'link', 'lst']).err, /did you mean 'weft host link list'\?/)
  assert.match(weft.run(['host', 'lnk']).err, /weft host link list/)
  assert.match(weft.run(['host', 'link']).err, /weft host link list|weft help host/)
})
