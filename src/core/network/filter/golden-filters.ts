/** A port held to each of the filters that every libvirt brings, and to some that show what else rules may say. */
import type { InterfaceName } from '../../address/interface-name.ts'
import type { MacAddress } from '../../address/mac.ts'
import { DEFAULT } from '../golden-networks.ts'
import { guardOf } from '../guard/network-guard.ts'
import type { GuardTable } from '../guard/guard-table.ts'
import type { PortSpec } from '../port.ts'
import type { FilterSpec } from './filter-spec.ts'
import { STOCK_FILTERS } from './stock-filters.ts'

const own = (name: string, entries: FilterSpec['entries']): FilterSpec => ({
  name,
  uuid: '',
  chain: 'root',
  priority: 0,
  entries,
})
const rule = (words: string): FilterSpec['entries'][number] => {
  const [action = '', direction = '', protocol = '', ...fields] = words.split(' ')
  const said = fields.map((field) => {
    const [name = '', value = ''] = field.replace('!', '').split('=')
    return { name, value, ...(field.startsWith('!') ? { isNot: true as const } : {}) }
  })
  return {
    action: action as 'accept',
    direction: direction as 'in',
    priority: 500,
    protocol,
    fields: said,
  }
}

export const OWN_FILTERS: readonly FilterSpec[] = [
  own('server', [
    { filter: 'clean-traffic' },
    rule('accept in tcp dstportstart=22'),
    rule('accept in tcp dstportstart=80'),
    rule('accept out icmp type=8'),
    rule('accept in icmp type=0'),
    rule('accept out udp dstportstart=53'),
    rule('drop inout all'),
  ]),
  own('frames', [
    rule('accept in mac srcmacaddr=01:02:03:04:05:06 srcmacmask=ff:ff:ff:00:00:00 protocolid=0x88a8'),
    rule('drop out vlan vlanid=0x123 encap-protocol=arp'),
    rule(
      'drop inout stp type=0x12 root-priority=1 root-priority-hi=5 root-address=06:05:04:03:02:01 root-address-mask=ff:ff:ff:00:00:00 root-cost=3 forward-delay=12 forward-delay-hi=13',
    ),
    rule(
      'accept inout arp hwtype=1 protocoltype=0x800 opcode=Reply !arpsrcmacaddr=01:02:03:04:05:06 arpsrcipaddr=10.1.2.0 arpsrcipmask=24 arpdstipaddr=10.0.0.1',
    ),
    rule('drop out rarp opcode=4 arpsrcipaddr=10.1.2.0 arpsrcipmask=24 !arpdstmacaddr=01:02:03:04:05:06'),
    rule(
      'accept inout ip srcipaddr=10.1.2.3 !dstipaddr=10.0.0.0 !dstipmask=8 protocol=udp srcportstart=20 srcportend=21 dscp=2',
    ),
    rule('accept in ipv6 protocol=icmpv6 type=1 typeend=11 code=1 codeend=3'),
    rule('reject out ipv6 srcipaddr=fd00:: srcipmask=8 protocol=sctp dstportstart=5'),
  ]),
  own('packets', [
    rule('accept out tcp srcipfrom=10.0.0.1 srcipto=10.0.0.9 flags=SYN,ACK/SYN dstportstart=1 dstportend=9'),
    rule('accept in udplite dscp=3'),
    rule('accept in sctp !srcipaddr=10.0.0.1 dstportstart=7'),
    rule('accept out igmp'),
    rule('accept out esp'),
    rule('accept in ah srcmacaddr=01:02:03:04:05:06'),
    rule('accept out all state=NEW,ESTABLISHED,RELATED'),
    rule('accept in all state=ESTABLISHED,RELATED'),
    rule('accept in tcp-ipv6 dstportstart=22 srcipaddr=fd00:: srcipmask=8'),
    rule('accept out icmpv6 type=128 code=0'),
    { ...rule('accept in udp srcportstart=53'), isStateless: true },
    rule('drop inout all-ipv6'),
  ]),
]

export const GOLDEN_FILTERS: readonly FilterSpec[] = [...STOCK_FILTERS, ...OWN_FILTERS]

const VARIABLES = {
  MAC: '52:54:00:00:00:01',
  IP: '192.168.122.11',
  IPV6: 'fd77:122::11',
  DHCPSERVER: '192.168.122.1',
  GATEWAY_MAC: '52:54:00:00:00:fe',
}

export function filteredPort({ name }: FilterSpec): PortSpec {
  const isV6 = name === 'allow-dhcpv6-server'
  return {
    network: DEFAULT.name,
    interface: 'vnet0' as InterfaceName,
    mac: VARIABLES.MAC as MacAddress,
    hostName: 'box',
    filter: {
      name,
      variables: Object.entries({ ...VARIABLES, ...(isV6 ? { DHCPSERVER: 'fe80::1' } : {}) }).map(
        ([variable, value]) => ({ name: variable, value }),
      ),
      filters: GOLDEN_FILTERS,
    },
  }
}

export const filteredTable = (filter: FilterSpec): GuardTable | undefined =>
  guardOf(DEFAULT, [filteredPort(filter)])
