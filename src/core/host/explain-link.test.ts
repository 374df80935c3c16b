/** The sentences about links that a kernel without modules cannot make. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseInterfaceName } from '../address/interface-name.ts'
import { explainLink } from './explain-link.ts'
import type { LinkDetail } from './link-detail.ts'

function link(
  name: string,
  kind: string | undefined,
  more: Partial<LinkDetail> = {},
  master?: string,
): LinkDetail {
  return {
    link: {
      index: 7,
      name: nameOf(name),
      kind,
      mac: '52:54:00:00:00:01',
      mtu: 1500,
      isUp: true,
      hasCarrier: true,
      master: master === undefined ? undefined : nameOf(master),
      alias: undefined,
      ipv4: [],
      ipv6: [],
      bridge: undefined,
      portState: undefined,
    },
    data: {},
    ...more,
  }
}

function nameOf(text: string): NonNullable<ReturnType<typeof parseInterfaceName>> {
  const name = parseInterfaceName(text)
  assert.ok(name !== undefined)
  return name
}

const HOST: readonly LinkDetail[] = [
  link('eth0', undefined, { driver: 'e1000e' }, 'bond0'),
  link('eth1', undefined, { driver: 'e1000e' }, 'bond0'),
  link('bond0', 'bond', { data: { mode: 'active-backup' } }, 'br0'),
  link('br0', 'bridge', { isWayOut: true }),
  link('eth2', undefined, { driver: 'r8169' }, 'br1'),
  link('br1', 'bridge'),
  link('wlan0', undefined, { driver: 'iwlwifi', isWireless: true }),
  link('eth0.10', 'vlan', { data: { id: 10, protocol: '802.1Q' }, below: 'eth0' }),
  link('tun0', 'tun', { data: { type: 'tun' }, holder: { program: 'openvpn', pid: 77 } }),
  link('vnet3', 'tun', { data: { type: 'tap' }, holder: { program: 'qemu-system-x86', pid: 78 } }),
  link('ipv', 'ipvlan', { data: { mode: 'l2' }, below: 'eth0' }),
  link('dummy0', 'dummy'),
  link('wg0', 'wireguard'),
  link('red', 'vrf', { data: { table: 10 } }),
  link('gre1', 'gretap'),
  link('docker0', 'bridge'),
  link('veth12ab', 'veth', { isAcross: true }, 'docker0'),
]

test('each kind has its sentence and its owner', () => {
  const told = HOST.map((each) => {
    const { kind, owner, text } = explainLink(each, HOST)
    return `${each.link.name} | ${kind} | ${owner} | ${text}`
  })
  assert.deepEqual(told, [
    'eth0 | nic | hardware | a network card (driver e1000e); plugged into bond0',
    'eth1 | nic | hardware | a network card (driver e1000e); plugged into bond0',
    'bond0 | bond | somebody | several cards as one, active-backup: eth0 and eth1; plugged into br0',
    "br0 | bridge | somebody | a switch made of software with 1 interface plugged in, bond0 to the outside; this host's way out",
    'eth2 | nic | hardware | a network card (driver r8169); plugged into br1',
    'br1 | bridge | somebody | a switch made of software with 1 interface plugged in, eth2 to the outside',
    "wlan0 | wifi | hardware | a radio network card (driver iwlwifi); an access point takes only the card's own MAC, so it cannot be in a bridge",
    'eth0.10 | vlan | somebody | VLAN 10 of eth0',
    'tun0 | tun | openvpn, by process 77 | a tunnel of IP packets that a program reads and writes, a VPN for instance; openvpn (process 77) has it open',
    'vnet3 | tap | libvirt, by the name | a cable whose other end a program holds, a machine for instance; qemu-system-x86 (process 78) has it open',
    'ipv | ipvlan | somebody | a second card on eth0 with the same MAC, l2 mode',
    'dummy0 | dummy | somebody | a card with nothing behind it: for addresses that are never down',
    'wg0 | wireguard | somebody | a WireGuard tunnel',
    'red | vrf | somebody | a routing table of its own (10) for the links put into it',
    'gre1 | gretap | somebody | an interface of kind gretap',
    'docker0 | bridge | Docker, by the name | a switch made of software with 1 interface plugged in',
    'veth12ab | veth | Docker, by the name | one end of a cable; the other end is in another network namespace, a container for instance; plugged into docker0',
  ])
})
