/** The strings of a `<network>` element, checked one by one and turned into a definition. */
import { parseInterfaceName, type InterfaceName } from '../../core/address/interface-name.ts'
import type { NetworkDraft, Place } from '../../core/network/draft.ts'
import type { ForwardMode } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import { readIps } from './ip-draft.ts'
import { complain, readMac } from './read-value.ts'
import type { ForwardData, NetworkData } from './network-element.ts'

/** Problems go into `reading`; where there are any the draft is not to be used. */
export function draftFromData(data: NetworkData, reading: Reading): NetworkDraft {
  const forward = data.forward === undefined ? undefined : readForward(data.forward, reading)
  const ip = readIps(data.ip ?? [], reading)
  const mac = data.mac === undefined ? undefined : readMac(data.mac.address, 'mac.address', reading)
  const domain = data.domain === undefined ? undefined : readDomain(data.domain, reading)
  if (data.name === undefined) complain(reading, 'name', 'the network has no name')
  return {
    name: data.name ?? '',
    ...(data.uuid === undefined ? {} : { uuid: normalizeUuid(data.uuid) }),
    mode: forward?.mode ?? 'isolated',
    ...(forward?.device === undefined ? {} : { forwardDevice: forward.device }),
    bridge: readBridge(data.bridge ?? {}, reading),
    ...(mac === undefined ? {} : { mac }),
    ...(domain === undefined ? {} : { domain }),
    ...(ip === undefined ? {} : { ip }),
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

/** `<forward>` without a mode means nat; `none` is another word for no `<forward>`. */
function readForward(forward: ForwardData, reading: Reading): { mode: ForwardMode; device?: InterfaceName } {
  const mode = forward.mode ?? 'nat'
  const later = ['route', 'open', 'bridge', 'private', 'vepa', 'passthrough', 'hostdev']
  if (mode !== 'nat' && mode !== 'none') {
    const message = later.includes(mode)
      ? `forward mode '${mode}' is not supported yet`
      : `'${mode}' is no forward mode`
    complain(reading, 'forward.mode', message, "take mode='nat', or no <forward> for an isolated network")
  }
  checkNat(forward, reading)
  const device = readDevice(forward, reading)
  return { mode: mode === 'none' ? 'isolated' : 'nat', ...(device === undefined ? {} : { device }) }
}

/** What libvirt itself adds when the network runs is what weft does anyway; anything else it cannot do. */
function checkNat({ nat }: ForwardData, reading: Reading): void {
  if (nat?.ipv6 !== undefined && nat.ipv6 !== 'no') {
    complain(reading, 'forward.nat.ipv6', `<nat ipv6='${nat.ipv6}'> is not supported yet`, 'leave it out')
  }
  const { port } = nat ?? {}
  if (port !== undefined && (port.start !== '1024' || port.end !== '65535')) {
    complain(
      reading,
      'forward.nat.port',
      'a port range for <nat> is not supported yet',
      'leave it out: 1024 to 65535',
    )
  }
}

function readDevice(forward: ForwardData, reading: Reading): InterfaceName | undefined {
  const interfaces = forward.interface ?? []
  const [first] = interfaces
  if (interfaces.length > 1) {
    complain(reading, 'forward.interface[1]', 'a nat network forwards through one <interface> at most')
  }
  if (first !== undefined && first.dev === undefined) {
    complain(reading, 'forward.interface[0]', "<interface> has no attribute 'dev'")
  }
  const name = forward.dev ?? first?.dev
  if (name === undefined) return undefined
  if (forward.dev !== undefined && first?.dev !== undefined && first.dev !== forward.dev) {
    const message = `<forward dev='${forward.dev}'> and <interface dev='${first.dev}'> are not the same`
    complain(reading, 'forward.interface[0].dev', message, 'name the device once')
  }
  const device = parseInterfaceName(name)
  if (device === undefined) complain(reading, 'forward.dev', `'${name}' is not a name an interface can have`)
  return device
}

function readBridge(bridge: NonNullable<NetworkData['bridge']>, reading: Reading): NetworkDraft['bridge'] {
  const { name, stp = 'on', delay = '0' } = bridge
  if (stp !== 'on' && stp !== 'off') complain(reading, 'bridge.stp', `stp is 'on' or 'off', not '${stp}'`)
  if (!/^\d{1,9}$/.test(delay)) {
    complain(reading, 'bridge.delay', `the forward delay '${delay}' is not a number of seconds`)
  }
  return { ...(name === undefined ? {} : { name }), stp: stp === 'on', delaySeconds: Number(delay) }
}

function readDomain(
  { name, localOnly = 'no' }: NonNullable<NetworkData['domain']>,
  reading: Reading,
): NetworkDraft['domain'] {
  if (name === undefined) complain(reading, 'domain', 'the domain has no name')
  if (localOnly !== 'yes' && localOnly !== 'no') {
    complain(reading, 'domain.localOnly', `localOnly is 'yes' or 'no', not '${localOnly}'`)
  }
  return { name: name ?? '', isLocalOnly: localOnly === 'yes' }
}

/** Where the parts of the definition stand, by the names they have there. */
function specPlaces(places: ReadonlyMap<string, Place>): Map<string, Place> {
  const names: readonly (readonly [RegExp, string])[] = [
    [/^forward\.dev$/, 'forwardDevice'],
    [/^bridge\.delay$/, 'bridge.delaySeconds'],
    [/^mac\.address$/, 'mac'],
    [/^ip\[0\]\.address$/, 'ip.cidr'],
    [/^ip\[0\]/, 'ip'],
    [/^ip\.dhcp\.range\[/, 'ip.dhcp.ranges['],
    [/^ip\.dhcp\.host\[/, 'ip.dhcp.hosts['],
  ]
  const renamed = [...places].map(([path, place]): [string, Place] => [
    names.reduce((name, [pattern, to]) => name.replace(pattern, to), path),
    place,
  ])
  return new Map(renamed)
}
