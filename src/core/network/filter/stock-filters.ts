/** The filters that every libvirt brings, by the same names and with the same rules: clients look each of them up. */
import { nameUuid } from '../port-uuid.ts'
import type { FilterAction, FilterDirection, FilterEntry, FilterSpec } from './filter-spec.ts'

/** libvirt's own of chains with a suffix, too. */
const PRIORITIES: Readonly<Record<string, number>> = {
  mac: -800,
  'ipv4-ip': -710,
  ipv4: -700,
  'ipv6-ip': -610,
  ipv6: -600,
  'arp-mac': -520,
  'arp-ip': -510,
  arp: -500,
  rarp: -400,
}

/** `ACTION DIRECTION PRIORITY [PROTOCOL FIELD=VALUE ...]`, or `-> FILTER`. */
const FILTERS: Readonly<Record<string, readonly [chain: string, ...entries: string[]]>> = {
  'allow-arp': ['arp', 'accept inout 500'],
  'allow-dhcp': [
    'ipv4',
    'accept out 100 ip srcipaddr=0.0.0.0 dstipaddr=255.255.255.255 protocol=udp srcportstart=68 dstportstart=67',
    'accept in 100 ip protocol=udp srcportstart=67 dstportstart=68',
  ],
  'allow-dhcp-server': [
    'ipv4',
    'accept out 100 ip srcipaddr=0.0.0.0 dstipaddr=255.255.255.255 protocol=udp srcportstart=68 dstportstart=67',
    'accept in 100 ip srcipaddr=$DHCPSERVER protocol=udp srcportstart=67 dstportstart=68',
  ],
  'allow-dhcpv6': [
    'ipv6',
    'accept out 100 ipv6 srcipaddr=fe80:: srcipmask=10 dstipaddr=ff02::1:2 protocol=udp srcportstart=546 dstportstart=547',
    'accept in 100 ipv6 protocol=udp srcportstart=547 dstportstart=546',
  ],
  'allow-dhcpv6-server': [
    'ipv6',
    'accept out 100 ipv6 srcipaddr=fe80:: srcipmask=10 dstipaddr=ff02::1:2 protocol=udp srcportstart=546 dstportstart=547',
    'accept in 100 ipv6 srcipaddr=$DHCPSERVER protocol=udp srcportstart=547 dstportstart=546',
  ],
  'allow-incoming-ipv4': ['ipv4', 'accept in 500'],
  'allow-incoming-ipv6': ['ipv6', 'accept in 500'],
  'allow-ipv4': ['ipv4', 'accept inout 500'],
  'allow-ipv6': ['ipv6', 'accept inout 500'],
  'clean-traffic': [
    'root',
    '-> no-mac-spoofing',
    '-> no-ip-spoofing',
    'accept out -650 mac protocolid=ipv4',
    '-> allow-incoming-ipv4',
    '-> no-arp-spoofing',
    'accept inout -500 mac protocolid=arp',
    '-> no-other-l2-traffic',
    '-> qemu-announce-self',
  ],
  'clean-traffic-gateway': [
    'root',
    '-> no-mac-spoofing',
    '-> no-ip-spoofing',
    '-> no-arp-spoofing',
    'accept inout -500 mac protocolid=arp',
    'accept in 500 mac srcmacaddr=$GATEWAY_MAC',
    'accept out 500 mac dstmacaddr=$GATEWAY_MAC',
    '-> no-other-l2-traffic',
    '-> qemu-announce-self',
  ],
  'no-arp-ip-spoofing': ['arp-ip', 'return out 400 arp arpsrcipaddr=$IP', 'drop out 1000'],
  'no-arp-mac-spoofing': ['arp-mac', 'return out 350 arp arpsrcmacaddr=$MAC', 'drop out 1000'],
  'no-arp-spoofing': ['root', '-> no-arp-mac-spoofing', '-> no-arp-ip-spoofing'],
  'no-ip-multicast': ['ipv4', 'drop out 500 ip dstipaddr=224.0.0.0 dstipmask=4'],
  'no-ip-spoofing': [
    'ipv4-ip',
    'return out 100 ip srcipaddr=0.0.0.0 protocol=udp',
    'return out 500 ip srcipaddr=$IP',
    'drop out 1000',
  ],
  'no-ipv6-multicast': ['ipv6', 'drop out 500 ipv6 dstipaddr=ff00:: dstipmask=8'],
  'no-ipv6-spoofing': [
    'ipv6-ip',
    'return out 100 ipv6 srcipaddr=fe80:: srcipmask=10 protocol=udp',
    'return out 500 ipv6 srcipaddr=$IPV6',
    'drop out 1000',
  ],
  'no-mac-broadcast': ['ipv4', 'drop out 500 mac dstmacaddr=ff:ff:ff:ff:ff:ff'],
  'no-mac-spoofing': ['mac', 'return out 500 mac srcmacaddr=$MAC', 'drop out 500 mac'],
  'no-other-l2-traffic': ['root', 'drop inout 1000'],
  'no-other-rarp-traffic': ['rarp', 'drop inout 1000'],
  'qemu-announce-self': [
    'root',
    'accept out 500 mac protocolid=0x835',
    '-> qemu-announce-self-rarp',
    '-> no-other-rarp-traffic',
  ],
  'qemu-announce-self-rarp': [
    'rarp',
    'accept out 500 rarp srcmacaddr=$MAC dstmacaddr=ff:ff:ff:ff:ff:ff opcode=Request_Reverse arpsrcmacaddr=$MAC arpdstmacaddr=$MAC arpsrcipaddr=0.0.0.0 arpdstipaddr=0.0.0.0',
    'accept in 500 rarp dstmacaddr=ff:ff:ff:ff:ff:ff opcode=Request_Reverse arpsrcmacaddr=$MAC arpdstmacaddr=$MAC arpsrcipaddr=0.0.0.0 arpdstipaddr=0.0.0.0',
  ],
}

export const STOCK_FILTERS: readonly FilterSpec[] = Object.entries(FILTERS).map(
  ([name, [chain, ...entries]]) => ({
    name,
    uuid: nameUuid(`nwfilter ${name}`),
    chain,
    priority: PRIORITIES[chain] ?? 0,
    entries: entries.map(entryOf),
  }),
)

function entryOf(line: string): FilterEntry {
  if (line.startsWith('-> ')) return { filter: line.slice(3) }
  const [action = '', direction = '', priority = '', protocol, ...fields] = line.split(' ')
  const rule = {
    action: action as FilterAction,
    direction: direction as FilterDirection,
    priority: Number(priority),
  }
  if (protocol === undefined) return rule
  const pairs = fields.map((field) => field.split('=', 2))
  const said = pairs.map(([name = '', value = '']) => ({ name, value }))
  return { ...rule, protocol, ...(said.length === 0 ? {} : { fields: said }) }
}
