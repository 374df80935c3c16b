/** The strings of a `<network>` element, checked one by one and turned into a definition. */
import type { NetworkDraft, Place } from '../../core/network/draft.ts'
import { SWITCH_MODES, type ForwardMode } from '../../core/network/spec.ts'
import { readBandwidth } from './bandwidth-draft.ts'
import { readDns, readRoutes } from './dns-draft.ts'
import type { Reading } from './element-shape.ts'
import { readFirewall, type FirewallData } from './firewall-draft.ts'
import { readForward } from './forward-draft.ts'
import { given } from './given.ts'
import { readIps } from './ip-draft.ts'
import { DNSMASQ_NAMESPACE, type NetworkData } from './network-element.ts'
import { readProxy } from './proxy-element.ts'
import { readReach } from './reach-element.ts'
import { readVlan } from './vlan-draft.ts'
import { complain, readInterface, readMac, readNumber, readTruth } from './read-value.ts'

/** What only weft's networks have. */
export interface OwnParts {
  readonly firewall?: FirewallData
  readonly proxy?: readonly string[]
  readonly hostReach?: readonly string[]
}

/** Problems go into `reading`; where there are any the draft is not to be used. */
export function draftFromData(
  data: NetworkData,
  reading: Reading,
  { firewall, proxy, hostReach }: OwnParts,
): NetworkDraft {
  const forward =
    data.forward === undefined ? { mode: 'isolated' as const } : readForward(data.forward, reading)
  if (data.name === undefined) complain(reading, 'name', 'the network has no name')
  const uuid = data.uuid === undefined ? undefined : normalizeUuid(data.uuid)
  return {
    name: data.name ?? '',
    ...given({ uuid }),
    ...forward,
    ...given({
      proxied: proxy === undefined ? undefined : readProxy(proxy, reading),
      hostReach: hostReach === undefined ? undefined : readReach(hostReach, reading),
    }),
    ...readSwitch(data, forward.mode, reading),
    ...given({
      mtu: readMtu(data, reading),
      domain: data.domain === undefined ? undefined : readDomain(data.domain, reading),
      dns: data.dns === undefined ? undefined : readDns(data.dns, reading),
    }),
    ips: readIps(data.ip ?? [], reading),
    routes: readRoutes(data.route ?? [], reading),
    ...given({
      vlan: readVlan(data.vlan, 'vlan', reading),
      bandwidth: readBandwidth(data.bandwidth, 'bandwidth', reading),
      portsAreIsolated: readTruth(data.port?.isolated, 'port.isolated', reading),
      portgroups:
        data.portgroup === undefined || data.portgroup.length === 0
          ? undefined
          : readPortgroups(data.portgroup, reading),
      firewall: firewall === undefined ? undefined : readFirewall(firewall, reading),
      dnsmasqOptions: readOptions(data, reading),
      guestIpv6: readTruth(data.ipv6, 'ipv6', reading),
      trustGuestRxFilters: readTruth(data.trustGuestRxFilters, 'trustGuestRxFilters', reading),
    }),
    kept: [...(data.title ?? []), ...(data.description ?? []), ...(data.metadata ?? [])],
    places: specPlaces(reading.places),
  }
}

/** libvirt takes a uuid with or without dashes, in any case. */
function normalizeUuid(text: string): string {
  const hex = text.trim().toLowerCase().replaceAll('-', '')
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(hex)
  return parts === null ? text.trim() : parts.slice(1).join('-')
}

/** weft's own bridge, or the host's. */
function readSwitch(
  data: NetworkData,
  mode: ForwardMode,
  reading: Reading,
): Pick<NetworkDraft, 'bridge' | 'mac' | 'hostBridge'> {
  if (SWITCH_MODES.some((each) => each === mode)) {
    const mac = data.mac === undefined ? undefined : readMac(data.mac.address, 'mac.address', reading)
    return { bridge: readBridge(data.bridge ?? {}, reading), ...given({ mac }) }
  }
  const { name, ...own } = data.bridge ?? {}
  const [alien] = [
    ...Object.keys(own).map((key) => `bridge.${key}`),
    ...(data.mac === undefined ? [] : ['mac']),
  ]
  if (alien !== undefined)
    complain(
      reading,
      alien,
      `a network of mode ${mode} has no switch of its own to set '${alien}' of`,
      'leave it out',
    )
  return given({ hostBridge: name === undefined ? undefined : readInterface(name, 'bridge.name', reading) })
}

function readBridge(
  bridge: NonNullable<NetworkData['bridge']>,
  reading: Reading,
): NonNullable<NetworkDraft['bridge']> {
  const { name, stp = 'on', delay = '0', macTableManager } = bridge
  if (stp !== 'on' && stp !== 'off') complain(reading, 'bridge.stp', `stp is 'on' or 'off', not '${stp}'`)
  if (!/^\d{1,9}$/.test(delay)) {
    complain(reading, 'bridge.delay', `the forward delay '${delay}' is not a number of seconds`)
  }
  if (macTableManager !== undefined && macTableManager !== 'kernel') {
    const message = `macTableManager='${macTableManager}' is not supported: the kernel's bridge learns who is where`
    complain(reading, 'bridge.macTableManager', message, 'leave it out')
  }
  const manager = macTableManager === 'kernel' ? macTableManager : undefined
  return {
    ...given({ name }),
    stp: stp === 'on',
    delaySeconds: Number(delay),
    ...given({ macTableManager: manager }),
  }
}

/** libvirt takes 0 for no word at all. */
function readMtu({ mtu }: NetworkData, reading: Reading): number | undefined {
  if (mtu !== undefined && mtu.size === undefined) complain(reading, 'mtu', "<mtu> has no attribute 'size'")
  const size = readNumber(mtu?.size, 'mtu.size', reading)
  return size === 0 ? undefined : size
}

function readDomain(
  { name, localOnly, register: registerWord }: NonNullable<NetworkData['domain']>,
  reading: Reading,
): NonNullable<NetworkDraft['domain']> {
  if (name === undefined) complain(reading, 'domain', 'the domain has no name')
  const isLocalOnly = readTruth(localOnly, 'domain.localOnly', reading)
  const register = readTruth(registerWord, 'domain.register', reading)
  return { name: name ?? '', ...given({ isLocalOnly, register }) }
}

export function readPortgroups(
  groups: NonNullable<NetworkData['portgroup']>,
  reading: Reading,
): NonNullable<NetworkDraft['portgroups']> {
  return groups.map((group, index) => {
    const path = `portgroup[${String(index)}]`
    if (group.name === undefined) complain(reading, path, "<portgroup> has no attribute 'name'")
    const trustGuestRxFilters = readTruth(group.trustGuestRxFilters, `${path}.trustGuestRxFilters`, reading)
    // libvirt gives back only a yes, whatever its case.
    const isDefault = group.default?.toLowerCase() === 'yes' ? true : undefined
    const vlan = readVlan(group.vlan, `${path}.vlan`, reading)
    const bandwidth = readBandwidth(group.bandwidth, `${path}.bandwidth`, reading)
    return { name: group.name ?? '', ...given({ isDefault, trustGuestRxFilters, vlan, bandwidth }) }
  })
}

/** Without the declaration libvirt drops these in silence: better refused. */
function readOptions(data: NetworkData, reading: Reading): string[] | undefined {
  const options = data['dnsmasq:options']?.['dnsmasq:option']
  if (options === undefined || options.length === 0) return undefined
  if (data['xmlns:dnsmasq'] !== DNSMASQ_NAMESPACE) {
    const hint = `<network xmlns:dnsmasq='${DNSMASQ_NAMESPACE}'>`
    complain(reading, 'dnsmasq:options', "the prefix 'dnsmasq' is not declared as libvirt's", hint)
  }
  return options.map(({ value }, index) => {
    if (value === undefined)
      complain(
        reading,
        `dnsmasq:options.dnsmasq:option[${String(index)}]`,
        "the option has no attribute 'value'",
      )
    return value ?? ''
  })
}

/** Where the parts of the definition stand, by the names they have there. */
function specPlaces(places: ReadonlyMap<string, Place>): Map<string, Place> {
  const names: readonly (readonly [RegExp, string])[] = [
    [/^forward\.dev$/, 'forwardDevice'],
    [/^forward\.interface\[(\d+)\]/, 'devices[$1]'],
    [/^forward\.nat\.port/, 'nat.ports'],
    [/^forward\.nat\.address/, 'nat.addresses'],
    [/^forward\.nat/, 'nat'],
    [/^forward\.mode$/, 'mode'],
    [/^bridge\.delay$/, 'bridge.delaySeconds'],
    [/^mac\.address$/, 'mac'],
    [/^mtu\.size$/, 'mtu'],
    [/^(ip|route)\[/, '$1s['],
    [/^ips\[(\d+)\]\.address$/, 'ips[$1].cidr'],
    [/^ips\[(\d+)\]\.tftp\.root$/, 'ips[$1].tftpRoot'],
    [/^routes\[(\d+)\]\.address$/, 'routes[$1].destination'],
    [/\.dhcp\.(range|host)\[/, '.dhcp.$1s['],
    [/^dns\.(forwarder|txt|srv|host)\[/, 'dns.$1s['],
    [/(^|\.)vlan\.tag\[/, '$1vlan.tags['],
    [/^portgroup\[/, 'portgroups['],
    [/^dnsmasq:options\.dnsmasq:option\[/, 'dnsmasqOptions['],
  ]
  const renamed = [...places].map(([path, place]): [string, Place] => [
    names.reduce((name, [pattern, to]) => name.replace(pattern, to), path),
    place,
  ])
  return new Map(renamed)
}
