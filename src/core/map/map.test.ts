/** The picture of a host that has everything, drawn in every way; and the rules by which it is built. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { SaxesParser } from 'saxes'
import { assertGoldenFolder } from '../../../test/support/golden.ts'
import type { InterfaceName } from '../address/interface-name.ts'
import { parseIpv4Cidr } from '../address/ipv4.ts'
import type { LinkDetail } from '../host/link-detail.ts'
import type { SeenLink } from '../host/link.ts'
import { buildMap, type MapFacts, type MapNetwork } from './build-map.ts'
import { drawDot, drawMermaid } from './draw-graph.ts'
import { drawSvg } from './draw-svg.ts'
import { drawText } from './draw-text.ts'
import { placeMap } from './place.ts'

type Given = Partial<Omit<LinkDetail, 'link'>> & {
  readonly kind?: string
  readonly master?: string
  readonly alias?: string
  readonly at?: string
  readonly isUp?: boolean
}

function link(name: string, { kind, master, alias, at, isUp = true, ...detail }: Given = {}): LinkDetail {
  const cidr = at === undefined ? undefined : parseIpv4Cidr(at)
  const seen: SeenLink = {
    index: 1,
    name: name as InterfaceName,
    kind,
    mac: undefined,
    mtu: 1500,
    isUp,
    hasCarrier: true,
    master: master as InterfaceName | undefined,
    alias,
    ipv4: cidr === undefined ? [] : [cidr],
    ipv6: [],
    bridge: undefined,
    portState: undefined,
  }
  return { data: kind === 'tun' ? { type: 'tap' } : {}, ...detail, link: seen }
}

const network = (name: string, given: Partial<MapNetwork>): MapNetwork => ({
  name,
  on: [],
  leaves: undefined,
  facts: [],
  trouble: [],
  plugs: [],
  ...given,
})

/** Two cards in a bond in a bridge; a NAT network, one without a way out, a router between them; and what others made. */
const FACTS: MapFacts = {
  waysOut: [{ device: 'br0', gateway: '192.0.2.1' }],
  links: [
    link('lo', { isLoopback: true }),
    link('eth0', { master: 'bond0' }),
    link('eth1', { master: 'bond0', isUp: false }),
    link('bond0', { kind: 'bond', master: 'br0' }),
    link('br0', { kind: 'bridge', at: '192.0.2.7/24' }),
    link('vnet9', { kind: 'tun', master: 'br0', alias: 'weft:vm:mail:nic0' }),
    link('virbr0', { kind: 'bridge', alias: 'weft:network:default', at: '192.168.122.1/24' }),
    link('vnet0', { kind: 'tun', master: 'virbr0', alias: 'weft:vm:web:nic0' }),
    link('vnet10', { kind: 'tun', master: 'virbr0', alias: 'weft:vm:router:nic0' }),
    link('vnet2', { kind: 'tun', master: 'virbr0', holder: { program: 'qemu-system-x86_64', pid: 77 } }),
    link('virbr1', { kind: 'bridge', alias: 'weft:network:lab' }),
    link('vnet3', { kind: 'tun', master: 'virbr1', alias: 'weft:vm:router:nic1' }),
    link('vport0', { kind: 'veth', master: 'virbr1', alias: 'weft:port:lab:box', isAcross: true }),
    link('vnet0-in', { kind: 'ifb', alias: 'weft:queue:vnet0' }),
    link('docker0', { kind: 'bridge', at: '172.17.0.1/16', isUp: false }),
    link('one', { kind: 'veth', below: 'two' }),
    link('two', { kind: 'veth', below: 'one', master: 'docker0' }),
    link('mv0', { kind: 'macvlan', below: 'br0' }),
  ],
  networks: [
    network('default', {
      on: ['virbr0'],
      leaves: { by: 'NAT', devices: ['br0'] },
      facts: ['DHCP', '10.1.0.0/16 behind 192.168.122.9'],
      trouble: ['the firewall of "somebody" <drops> what guests send & receive: nft list ruleset shows it'],
      plugs: [{ interface: 'vnet0', facts: ['192.168.122.15', 'publishes 8080:80'] }],
    }),
    network('lab', { on: ['virbr1'], facts: ['isolated'] }),
  ],
}
const MAP = buildMap(FACTS)

test('drawn in every way it is as it stands in the golden files', () => {
  assertGoldenFolder(join(import.meta.dirname, 'golden'), {
    'map.txt': drawText(MAP, 80),
    'map.svg': drawSvg(MAP),
    'map.mmd': drawMermaid(MAP),
    'map.dot': drawDot(MAP),
  })
})

test('whatever order the kernel tells its links in, the picture is the same', () => {
  const turned = buildMap({
    ...FACTS,
    links: FACTS.links.toReversed(),
    networks: FACTS.networks.toReversed(),
  })
  assert.deepEqual(turned, MAP)
  assert.equal(drawSvg(turned), drawSvg(MAP))
})

test('no line is longer than the terminal is wide', () => {
  for (const width of [60, 80, 120])
    for (const line of drawText(MAP, width).split('\n')) assert.ok(line.length <= width, line)
})

test('every node has a box of its own, and none lies on another', () => {
  const { boxes, width, height } = placeMap(MAP)
  assert.deepEqual(boxes.map(({ node }) => node.id).sort(), MAP.nodes.map(({ id }) => id).sort())
  for (const [i, a] of boxes.entries()) {
    assert.ok(a.x + a.width <= width && a.y + a.height <= height, a.node.id)
    for (const b of boxes.slice(i + 1))
      assert.ok(
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y,
        `${a.node.id} ${b.node.id}`,
      )
  }
})

test('the SVG is well-formed, whatever names say', () => {
  new SaxesParser().write(drawSvg(MAP)).close()
})

test('a ring of cables is drawn once', () => {
  const ring = buildMap({
    waysOut: [],
    networks: [],
    links: [
      link('brA', { kind: 'bridge' }),
      link('brB', { kind: 'bridge' }),
      link('a1', { kind: 'veth', below: 'b1', master: 'brA' }),
      link('b1', { kind: 'veth', below: 'a1', master: 'brB' }),
      link('a2', { kind: 'veth', below: 'b2', master: 'brA' }),
      link('b2', { kind: 'veth', below: 'a2', master: 'brB' }),
    ],
  })
  assert.equal(placeMap(ring).boxes.length, 6)
  assert.match(drawText(ring, 80), /as above/)
})

test('a host without anything has an empty picture', () => {
  const empty = buildMap({ waysOut: [], networks: [], links: [link('lo', { isLoopback: true })] })
  assert.deepEqual(empty, { nodes: [], edges: [] })
  assert.equal(drawText(empty, 80), '')
  new SaxesParser().write(drawSvg(empty)).close()
})
