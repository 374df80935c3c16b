/** What cannot be under a bridge is told which command works instead. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterfaceName } from '../../address/interface-name.ts'
import type { Ipv4Address } from '../../address/ipv4.ts'
import type { LinkDetail } from '../link-detail.ts'
import { whyNotUnder } from './why-not.ts'

const detail = (
  name: string,
  more: Partial<LinkDetail['link']> = {},
  of: Partial<LinkDetail> = {},
): LinkDetail => ({
  link: {
    index: 2,
    name: name as InterfaceName,
    kind: undefined,
    mac: '52:54:00:00:00:01',
    mtu: 1500,
    isUp: true,
    hasCarrier: true,
    master: undefined,
    alias: undefined,
    ipv4: [{ address: '192.0.2.10' as Ipv4Address, prefix: 24 }],
    ipv6: [],
    bridge: undefined,
    portState: undefined,
    ...more,
  },
  data: {},
  ...of,
})

test('radio: a piece of its LAN by proxy, which holds neither the card nor its router', () => {
  const why = whyNotUnder(detail('wlan0', {}, { isWireless: true }), [], ['192.0.2.225' as Ipv4Address])
  assert.match(why?.message ?? '', /is radio/)
  assert.match(why?.hint ?? '', /weft net lan lan --uplink wlan0 --addresses 192\.0\.2\.208\/28/)
})

test('in a bridge: that bridge takes guests; in a bond: the bond is what a bridge goes over', () => {
  const [bridge, bond] = [detail('br7', { kind: 'bridge' }), detail('bond0', { kind: 'bond' })]
  const hintIn = (master: string): string =>
    whyNotUnder(detail('eth0', { master: master as InterfaceName }), [bridge, bond])?.hint ?? ''
  assert.match(hintIn('br7'), /a network of mode bridge with 'bridge: br7'/)
  assert.match(hintIn('bond0'), /weft host bridge add br0 --uplink bond0/)
})

test('with a macvlan on it: guests sit beside that, and reach this host too; beside an ipvlan nobody can sit', () => {
  const sitter = (kind: string): LinkDetail => detail('sitter', { kind }, { below: 'eth0' })
  const hintWith = (kind: string): string => whyNotUnder(detail('eth0'), [sitter(kind)])?.hint ?? ''
  assert.match(hintWith('macvlan'), /weft net macvtap direct --uplink eth0 --host-reach 192\.0\.2\.224\/28$/)
  assert.match(hintWith('ipvlan'), /weft net lan lan --uplink eth0/)
})
