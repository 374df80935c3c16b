/** dhcpcd: when it cannot go along to a bridge, and with which options it begins there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withOptions } from './dhcpcd.ts'
import { handOver } from './find-keeper.ts'
import type { SeenClient, SeenIfupdown, SeenKeeper } from './seen-keeper.ts'

const BRIDGE = { bridge: 'br0', nic: 'eth0', mac: '52:54:00:00:00:01', mtu: 1500, hasIpv6: true }
const CLIENT: SeenClient = {
  program: 'dhcpcd',
  link: 'eth0',
  families: [4, 6],
  argv: ['eth0'],
  pidFile: '/run/dhcpcd/eth0.pid',
  leases: '/var/lib/dhcpcd/eth0.lease',
}
const ifupdown = (...lines: string[]): SeenIfupdown => ({
  files: [
    {
      path: '/etc/network/interfaces',
      content: ['iface eth0 inet dhcp', ...lines, ''].join('\n'),
      mode: 0o644,
    },
  ],
  state: undefined,
  clients: [CLIENT],
})
const seen = (isManager: boolean, settings: string): SeenKeeper => ({
  etc: '/etc',
  run: '/run',
  ifupdown: ifupdown(),
  dhcpcd: { isManager, settings },
})

test('one for all links is refused, unless its settings say which of them', () => {
  assert.match(
    handOver(seen(true, 'persistent\n'), BRIDGE).refused?.message ?? '',
    /looks after all links of this host.*'br0' and on 'eth0'/,
  )
  assert.equal(handOver(seen(true, 'persistent\ndenyinterfaces eth0 br0\n'), BRIDGE).refused, undefined)
})

test('one that does not leave its addresses behind is refused', () => {
  assert.match(handOver(seen(false, '# persistent\n'), BRIDGE).refused?.hint ?? '', /echo persistent >>/)
  assert.equal(handOver(seen(false, 'duid\npersistent\n'), BRIDGE).refused, undefined)
})

test('it begins on the bridge with what ifupdown has told it, in one shell, and with the files of its link', () => {
  const options = ifupdown('  hostname one two', '  metric 7', 'iface eth0 inet6 auto', '  metric 8')
  assert.deepEqual(withOptions(options, CLIENT).argv, ['-h', 'one two', '-m', '7', 'eth0'])
  const { first, tell, settle } = handOver(
    { ...seen(false, 'persistent\n'), ifupdown: ifupdown('  metric 7') },
    BRIDGE,
  )
  assert.match(first?.argv.at(2) ?? '', /\nstop \/run\/dhcpcd\/eth0\.pid dhcpcd$/)
  assert.match(tell?.at(2) ?? '', /\nstart_dhcpcd \/run\/dhcpcd\/br0\.pid br0 dhcpcd -b -m 7 br0$/)
  assert.match(
    settle?.at(2) ?? '',
    /\ninherit_dhcpcd \S+\/br0\.lease \S+\/eth0\.lease \S+ br0 eth0\nstart_dhcpcd/,
  )
})
