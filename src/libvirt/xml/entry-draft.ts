/** The strings of one entry of a section, checked one by one. What is missing is for the one who looks for the entry, or adds it. */
import type { SectionEntries, SectionName } from '../../core/network/update/sections.ts'
import { readBandwidth } from './bandwidth-draft.ts'
import { readLease } from './dhcp-draft.ts'
import { nonZero, readRoutes } from './dns-draft.ts'
import type { Reading } from './element-shape.ts'
import type { EntryData } from './entry-element.ts'
import { readForward } from './forward-draft.ts'
import { given } from './given.ts'
import { readIps } from './ip-draft.ts'
import { readPortgroups } from './network-draft.ts'
import { complain, readAnyAddress, readInterface, readMac, readNumber, readTruth } from './read-value.ts'

type ReadEntry<S extends SectionName> = (data: EntryData<S>, reading: Reading) => SectionEntries[S]

export const READ_ENTRY: { readonly [S in SectionName]: ReadEntry<S> } = {
  'ip-dhcp-host': ({ mac, id, name, ip, lease }, reading) =>
    given({
      mac: optional(mac, (text) => readMac(text, 'mac', reading)),
      id,
      name,
      ip: optional(ip, (text) => readAnyAddress(text, 'ip', '<host>', reading)),
      lease: readLease(lease, 'lease', reading),
    }),
  'ip-dhcp-range': ({ start, end, lease }, reading) =>
    given({
      start: optional(start, (text) => readAnyAddress(text, 'start', '<range>', reading)),
      end: optional(end, (text) => readAnyAddress(text, 'end', '<range>', reading)),
      lease: readLease(lease, 'lease', reading),
    }),
  'dns-host': ({ ip, hostname = [] }, reading) => ({
    ...given({ ip: optional(ip, (text) => readAnyAddress(text, 'ip', '<host>', reading)) }),
    names: hostname,
  }),
  'dns-txt': (data) => data,
  'dns-srv': ({ port, priority, weight, ...words }, reading) => ({
    ...words,
    ...given({
      port: readNumber(port, 'port', reading),
      priority: nonZero(readNumber(priority, 'priority', reading)),
      weight: nonZero(readNumber(weight, 'weight', reading)),
    }),
  }),
  'dns-forwarder': ({ domain, addr }, reading) =>
    given({
      domain,
      address: optional(addr, (text) => readAnyAddress(text, 'addr', '<forwarder>', reading)),
    }),
  dns: ({ enable, forwardPlainNames }, reading) =>
    given({
      isEnabled: readTruth(enable, 'enable', reading),
      forwardsPlainNames: readTruth(forwardPlainNames, 'forwardPlainNames', reading),
    }),
  domain: ({ name, localOnly, register }, reading) =>
    given({
      name,
      isLocalOnly: readTruth(localOnly, 'localOnly', reading),
      register: readTruth(register, 'register', reading),
    }),
  ip: (data, reading) => readIps([data], reading)[0] ?? {},
  route: readRoute,
  forward: (data, reading) => {
    const { mode, forwardDevice, nat } = readForward(data, reading)
    return given({ mode: data.mode === undefined ? undefined : mode, forwardDevice, nat })
  },
  'forward-interface': ({ dev }, reading) =>
    given({ device: optional(dev, (text) => readInterface(text, 'dev', reading)) }),
  mtu: ({ size }, reading) => given({ size: readNumber(size, 'size', reading) }),
  bandwidth: (data, reading) => readBandwidth(data, 'bandwidth', reading) ?? {},
  port: ({ isolated }, reading) => given({ isIsolated: readTruth(isolated, 'isolated', reading) }),
  bridge: ({ name, stp, delay }, reading) => {
    if (stp !== undefined && stp !== 'on' && stp !== 'off')
      complain(reading, 'stp', `stp is 'on' or 'off', not '${stp}'`)
    return given({
      name: optional(name, (text) => readInterface(text, 'name', reading)),
      stp: stp === undefined ? undefined : stp === 'on',
      delaySeconds: readNumber(delay, 'delay', reading),
    })
  },
  portgroup: (data, reading) => readPortgroups([data], reading)[0] ?? {},
  'dnsmasq-option': ({ value }) => given({ line: value }),
}

function optional<T>(text: string | undefined, read: (text: string) => T | undefined): T | undefined {
  return text === undefined ? undefined : read(text)
}

/** To be taken out a route needs no gateway: one is put in to be read, and taken out again. */
function readRoute(data: EntryData<'route'>, reading: Reading): SectionEntries['route'] {
  const anyGateway = data.family === 'ipv6' ? '::1' : '0.0.0.1'
  const [route] = readRoutes([{ ...data, gateway: data.gateway ?? anyGateway }], reading)
  if (route === undefined || data.gateway !== undefined) return route ?? {}
  const { gateway, ...rest } = route
  return gateway === anyGateway ? rest : route
}
