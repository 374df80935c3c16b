/** The picture of the network, of what the kernel really has: from the outside to the guests, also what weft did not make. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SaxesParser } from 'saxes'
import type { NetMap } from '../../src/core/map/map.ts'
import { host, newRoot, startWeft, type Weft } from './weft-process.ts'

let weft: Weft
const LAB = `<network><name>lab</name><bridge name='virbr9'/><ip address='10.9.9.1' netmask='255.255.255.0'/></network>`

before(async () => {
  weft = await startWeft(newRoot())
  for (const name of ['box', 'router', 'far']) host('ip', 'netns', 'add', name)
  for (const words of [
    'link add eth0 type veth peer name isp',
    'link set isp netns far up',
    'address add 192.0.2.7/24 dev eth0',
    'link set eth0 up',
    'link add docker0 type bridge',
    'address add 172.17.0.1/16 dev docker0',
    'link add veth9 type veth peer name inner',
    'link set inner netns far',
    'link set veth9 master docker0',
    'netns exec far ip link set isp up',
    'route add default via 192.0.2.1',
  ])
    host('ip', ...(words.split(' ') as [string, ...string[]]))
  weft.ok('net', 'start', 'default')
  assert.equal(weft.run(['net', 'define'], LAB).code, 0)
  weft.ok('net', 'start', 'lab')
  weft.ok('port', 'add', 'default', '--netns', 'box')
  weft.ok('port', 'add', 'default', '--netns', 'router', '--interface', 'out')
  weft.ok('port', 'add', 'lab', '--netns', 'router', '--interface', 'in', '--ip', '10.9.9.2')
})
after(async () => {
  weft.run(['vm', 'kill', 'web'])
  for (const words of ['default box', 'default router', 'lab router'])
    weft.run(['port', 'remove', ...words.split(' ')])
  for (const name of ['default', 'lab']) weft.run(['net', 'stop', name])
  await weft.stop()
  for (const name of ['box', 'router', 'far']) host('ip', 'netns', 'delete', name)
})

test('in the terminal it is a tree, and the same every time', () => {
  const text = weft.ok('map')
  assert.equal(
    text.replaceAll(/192\.168\.122\.2\d\d/g, 'ADDRESS'),
    `outside
└─ by 192.0.2.1: eth0  192.0.2.7/24
   └─ NAT: virbr0  network default, 192.168.122.1/24, DHCP
      ├─ vport0 ── box (namespace)  ADDRESS
      └─ vport1 ── router (namespace)  ADDRESS
docker0  172.17.0.1/16, switched off
└─ veth9 ── another namespace  switched off
virbr9  network lab, 10.9.9.1/24, isolated
└─ vport2 ── router (namespace), as above  10.9.9.2
`,
  )
  assert.equal(weft.ok('map'), text)
})

test('what is not as it should be is marked', () => {
  assert.equal(weft.run(['net', 'define'], LAB.replace("name='virbr9'", "name='virbr9' stp='off'")).code, 0)
  assert.match(weft.ok('map'), /^virbr9 .*\n│ {2}! the definition was changed since it was started/m)
  const { nodes } = JSON.parse(weft.ok('map', '--json')) as NetMap
  assert.deepEqual(
    nodes.filter(({ trouble }) => trouble.length > 0).map(({ id }) => id),
    ['link:virbr9'],
  )
})

test('a machine is on its cable, with what of it is published', () => {
  weft.ok('vm', 'create', 'web', '--net', 'default', '--memory', '32M')
  weft.ok('publish', 'web', '8080:80')
  weft.ok('vm', 'start', 'web')
  assert.match(weft.ok('map'), /^ {6}├─ vnet0 ── web {2}publishes 8080:80$/m)
})

test('for browsers and for programs that draw', () => {
  const svg = weft.ok('map', '--format', 'svg')
  new SaxesParser().write(svg).close()
  for (const text of [svg, weft.ok('map', '--format', 'mermaid'), weft.ok('map', '--format', 'dot')])
    for (const word of ['outside', 'eth0', 'NAT', 'virbr0', 'router']) assert.ok(text.includes(word), word)
})
