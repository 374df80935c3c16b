/** The keys of a network in YAML and JSON, by the part that they stand in: its reader knows them from here, and the schema for editors is printed from it. */
import type { MachineShape } from './machine-shape.ts'

type Fields = Readonly<Record<string, MachineShape>>

const TEXT: MachineShape = { kind: 'text', what: 'text' }
const COUNT: MachineShape = { kind: 'count' }
const TRUTH: MachineShape = { kind: 'truth' }
const words = (...all: readonly string[]): MachineShape => ({ kind: 'words', words: all })
const list = (of: MachineShape): MachineShape => ({ kind: 'list', of })
const map = (what: string, fields: Fields, short?: string): MachineShape => ({
  kind: 'map',
  what,
  fields,
  ...(short === undefined ? {} : { short }),
})

export const FORWARDER = { domain: TEXT, address: TEXT, port: COUNT } as const satisfies Fields
export const TXT = { name: TEXT, value: TEXT } as const satisfies Fields
export const SRV = {
  service: TEXT,
  protocol: TEXT,
  domain: TEXT,
  target: TEXT,
  port: COUNT,
  priority: COUNT,
  weight: COUNT,
} as const satisfies Fields
export const DNS_HOST = { ip: TEXT, names: list(TEXT) } as const satisfies Fields
export const DNS = {
  enable: TRUTH,
  forwardPlainNames: TRUTH,
  forwarders: list(map('a forwarder', FORWARDER, 'address')),
  txt: list(map('a TXT record', TXT)),
  srv: list(map('an SRV record', SRV)),
  hosts: list(map('a DNS host', DNS_HOST)),
} as const satisfies Fields

export const ROUTE = {
  to: TEXT,
  netmask: TEXT,
  via: TEXT,
  metric: COUNT,
  family: words('ipv4', 'ipv6'),
} as const satisfies Fields

export const RANGE = { range: TEXT, lease: TEXT } as const satisfies Fields
export const RESERVED = { mac: TEXT, id: TEXT, name: TEXT, ip: TEXT, lease: TEXT } as const satisfies Fields
export const BOOTP = { file: TEXT, server: TEXT } as const satisfies Fields
export const DHCP = {
  range: list(map('a range', RANGE, 'range')),
  hosts: list(map('a reserved host', RESERVED)),
  bootp: map('a boot file', BOOTP),
} as const satisfies Fields
export const ADDRESS = {
  address: TEXT,
  netmask: TEXT,
  family: words('ipv4', 'ipv6'),
  localPtr: TRUTH,
  tftp: TEXT,
  dhcp: map('dhcp', DHCP),
} as const satisfies Fields

export const NAT = { ipv6: TRUTH, addresses: TEXT, ports: TEXT } as const satisfies Fields
export const BRIDGE = {
  name: TEXT,
  stp: TRUTH,
  delay: COUNT,
  macTableManager: words('kernel'),
} as const satisfies Fields
export const DOMAIN = { name: TEXT, localOnly: TRUTH, register: TRUTH } as const satisfies Fields

export const VLAN_TAG = { id: COUNT, nativeMode: words('tagged', 'untagged') } as const satisfies Fields
export const VLAN = { trunk: TRUTH, tags: list(map('a tag', VLAN_TAG, 'id')) } as const satisfies Fields
export const RATE = { average: COUNT, peak: COUNT, burst: COUNT } as const satisfies Fields
export const BANDWIDTH = {
  inbound: map('a rate', RATE, 'average'),
  outbound: map('a rate', RATE, 'average'),
} as const satisfies Fields
/** Just a number is the only tag. */
const vlan = map('a vlan', VLAN, 'tags')
export const PORTGROUP = {
  name: TEXT,
  default: TRUTH,
  trustGuestRxFilters: TRUTH,
  vlan,
  bandwidth: map('bandwidth', BANDWIDTH),
} as const satisfies Fields

const RULES = {
  in: words('allow', 'deny'),
  out: words('allow', 'deny'),
  rules: list(TEXT),
} as const satisfies Fields
export const GROUP = { name: TEXT, members: list(TEXT), ...RULES } as const satisfies Fields
export const GUEST = {
  name: TEXT,
  antiSpoofing: words('none', 'mac', 'address'),
  addresses: list(TEXT),
  ...RULES,
} as const satisfies Fields
export const FIREWALL = {
  antiSpoofing: words('none', 'mac', 'address'),
  ...RULES,
  groups: list(map('a group', GROUP)),
  guests: list(map('a guest', GUEST)),
} as const satisfies Fields

export const NETWORK = {
  name: TEXT,
  uuid: TEXT,
  mode: words('nat', 'route', 'isolated', 'open', 'bridge', 'private', 'vepa', 'passthrough'),
  device: TEXT,
  devices: list(TEXT),
  proxy: list(TEXT),
  hostReach: list(TEXT),
  nat: map('nat', NAT),
  bridge: map('a bridge', BRIDGE, 'name'),
  mac: TEXT,
  mtu: COUNT,
  domain: map('a domain', DOMAIN, 'name'),
  dns: map('dns', DNS),
  address: TEXT,
  netmask: TEXT,
  dhcp: map('dhcp', DHCP),
  addresses: list(map('an address', ADDRESS, 'address')),
  routes: list(map('a route', ROUTE)),
  vlan,
  bandwidth: map('bandwidth', BANDWIDTH),
  isolatedPorts: TRUTH,
  portgroups: list(map('a port group', PORTGROUP, 'name')),
  firewall: map('a firewall', FIREWALL),
  dnsmasq: list(TEXT),
  ipv6: TRUTH,
  trustGuestRxFilters: TRUTH,
  xml: list(TEXT),
} as const satisfies Fields

export const keysOf = <T extends Fields>(fields: T): readonly (keyof T & string)[] => Object.keys(fields)
