/** Checks that what stands in a network's file has the shape the rest of weft trusts. */
import { parseInterfaceName } from '../core/address/interface-name.ts'
import { parseIpv4, parseIpv4Cidr } from '../core/address/ipv4.ts'
import { parseIpv6, parseIpv6Cidr } from '../core/address/ipv6.ts'
import { upToDate } from '../core/network/migrate.ts'
import { FORWARD_MODES, SWITCH_MODES, type StoredNetwork } from '../core/network/spec.ts'
import { firewall } from './check-firewall.ts'
import {
  count,
  ipv4,
  ipv6,
  list,
  mac,
  name,
  oneOf,
  optional,
  record,
  someText,
  text,
  wrong,
  yesNo,
  type Check,
} from './check-value.ts'

/** Throws an Error whose message names the first place that is wrong. What an older weft wrote is brought up to date. */
export function checkStoredNetwork(value: unknown): StoredNetwork {
  const spec =
    typeof value === 'object' && value !== null && 'spec' in value ? upToDate(value.spec) : undefined
  const stored = spec === undefined ? value : { ...(value as object), spec }
  storedNetwork(stored, '')
  checkSwitch((stored as StoredNetwork).spec)
  return stored as StoredNetwork
}

/** Who has a switch has all of it. */
function checkSwitch({ mode, bridge, mac: address }: StoredNetwork['spec']): void {
  const hasSwitch = SWITCH_MODES.some((each) => each === mode)
  if (hasSwitch !== (bridge !== undefined)) throw wrong('spec.bridge', hasSwitch ? 'an object' : 'left out')
  if (hasSwitch !== (address !== undefined)) throw wrong('spec.mac', hasSwitch ? 'a MAC address' : 'left out')
}

const interfaceName = text('an interface name', (word) => parseInterfaceName(word) !== undefined)
const anyIp = text('an IP address', (word) => parseIpv4(word) !== undefined || parseIpv6(word) === word)
const prefixSpelling = oneOf('netmask', 'prefix', 'class')

const cidrOf =
  (address: Check, isCidr: (text: string) => boolean): Check =>
  (value, where) => {
    record({ address, prefix: count })(value, where)
    const cidr = value as { address: string; prefix: number }
    if (!isCidr(`${cidr.address}/${cidr.prefix}`)) throw wrong(where, 'an address with its prefix')
  }
const cidr4 = cidrOf(ipv4, (word) => parseIpv4Cidr(word) !== undefined)
const cidr6 = cidrOf(ipv6, (word) => parseIpv6Cidr(word) !== undefined)
const anyCidr = cidrOf(anyIp, (word) => (parseIpv4Cidr(word) ?? parseIpv6Cidr(word)) !== undefined)

/** What an address or a route is like depends on its family. */
const byFamily =
  (ofIpv4: Check, ofIpv6: Check): Check =>
  (value, where) => {
    record({ family: oneOf('ipv4', 'ipv6'), prefixSpelling, isFamilyWritten: optional(yesNo) })(value, where)
    const check = (value as { family: string }).family === 'ipv4' ? ofIpv4 : ofIpv6
    check(value, where)
  }

const lease = optional(record({ expiry: count, unit: oneOf('seconds', 'minutes', 'hours') }))
const rangesOf = (address: Check): Check => list(record({ start: address, end: address, lease }))
const words = { name: optional(someText), lease }

const dhcp = record({
  ranges: rangesOf(ipv4),
  hosts: list(record({ mac: optional(mac), ip: optional(ipv4), ...words })),
  bootp: optional(record({ file: someText, server: optional(ipv4) })),
})

const dhcp6 = record({
  ranges: rangesOf(ipv6),
  hosts: list(record({ id: optional(someText), ip: optional(ipv6), ...words })),
})

const ips = list(
  byFamily(
    record({ cidr: cidr4, hasLocalPtr: optional(yesNo), tftpRoot: optional(someText), dhcp: optional(dhcp) }),
    record({ cidr: cidr6, hasLocalPtr: optional(yesNo), dhcp: optional(dhcp6) }),
  ),
)

const routes = list(
  byFamily(
    record({ destination: cidr4, gateway: ipv4, metric: optional(count) }),
    record({ destination: cidr6, gateway: ipv6, metric: optional(count) }),
  ),
)

const rate = optional(record({ average: count, peak: optional(count), burst: optional(count) }))
const bandwidth = optional(record({ inbound: rate, outbound: rate }))

const vlan = optional(
  record({
    isTrunk: optional(yesNo),
    tags: list(record({ id: count, nativeMode: optional(oneOf('tagged', 'untagged')) })),
  }),
)

const dns = record({
  isEnabled: optional(yesNo),
  forwardsPlainNames: optional(yesNo),
  forwarders: list(record({ domain: optional(someText), address: optional(anyIp), port: optional(count) })),
  txts: list(record({ name: someText, value: someText })),
  srvs: list(
    record({
      service: someText,
      protocol: someText,
      domain: optional(someText),
      target: optional(someText),
      port: optional(count),
      priority: optional(count),
      weight: optional(count),
    }),
  ),
  hosts: list(record({ ip: anyIp, names: list(someText) })),
})

const storedNetwork = record({
  autostart: yesNo,
  spec: record({
    name,
    uuid: someText,
    mode: oneOf(...FORWARD_MODES),
    forwardDevice: optional(interfaceName),
    proxied: optional(list(record({ start: anyIp, end: anyIp }))),
    devices: optional(list(interfaceName)),
    hostReach: optional(list(anyCidr)),
    nat: optional(
      record({
        ipv6: optional(yesNo),
        addresses: optional(record({ start: ipv4, end: ipv4 })),
        ports: optional(record({ start: count, end: count })),
      }),
    ),
    hostBridge: optional(interfaceName),
    bridge: optional(
      record({
        name: interfaceName,
        stp: yesNo,
        delaySeconds: count,
        macTableManager: optional(oneOf('kernel')),
      }),
    ),
    mac: optional(mac),
    mtu: optional(count),
    domain: optional(record({ name: someText, isLocalOnly: optional(yesNo), register: optional(yesNo) })),
    dns: optional(dns),
    ips,
    routes,
    portsAreIsolated: optional(yesNo),
    vlan,
    bandwidth,
    portgroups: optional(
      list(
        record({
          name: someText,
          isDefault: optional(yesNo),
          trustGuestRxFilters: optional(yesNo),
          vlan,
          bandwidth,
        }),
      ),
    ),
    firewall: optional(firewall),
    dnsmasqOptions: optional(list(someText)),
    guestIpv6: optional(yesNo),
    trustGuestRxFilters: optional(yesNo),
    kept: list(record({ name: someText, xml: someText })),
  }),
})
