/** The strings of `<dns>` and `<route>` elements, checked one by one. */
import type { DnsSpec, RouteSpec, SrvRecord } from '../../core/network/spec.ts'
import type { Reading } from './element-shape.ts'
import { given } from './given.ts'
import { readFamily, readLength } from './ip-draft.ts'
import type { DnsData, RouteData } from './network-element.ts'
import { complain, readAddress, readAddress6, readAnyAddress, readNumber, readTruth } from './read-value.ts'

/** libvirt forgets an element with nothing in it, and so does weft. */
export function readDns(dns: DnsData, reading: Reading): DnsSpec | undefined {
  const switches = given({
    isEnabled: readTruth(dns.enable, 'dns.enable', reading),
    forwardsPlainNames: readTruth(dns.forwardPlainNames, 'dns.forwardPlainNames', reading),
  })
  const lists = {
    forwarders: (dns.forwarder ?? []).map(({ domain, addr, port: word }, index) => {
      const path = `dns.forwarder[${String(index)}]`
      const address =
        addr === undefined ? undefined : readAnyAddress(addr, `${path}.addr`, '<forwarder>', reading)
      const port = readNumber(word, `${path}.port`, reading)
      return given({ domain, address, port })
    }),
    txts: (dns.txt ?? []).map(({ name, value }, index) => {
      const path = `dns.txt[${String(index)}]`
      if (name === undefined) complain(reading, path, "<txt> has no attribute 'name'")
      if (value === undefined) complain(reading, path, "<txt> has no attribute 'value'")
      return { name: name ?? '', value: value ?? '' }
    }),
    srvs: (dns.srv ?? []).map((srv, index) => readSrv(srv, `dns.srv[${String(index)}]`, reading)),
    hosts: (dns.host ?? []).flatMap((host, index) => {
      const ip = readAnyAddress(host.ip, `dns.host[${String(index)}].ip`, '<host>', reading)
      return ip === undefined ? [] : [{ ip, names: host.hostname ?? [] }]
    }),
  }
  const isEmpty = [switches, ...Object.values(lists)].every((part) => Object.keys(part).length === 0)
  return isEmpty ? undefined : { ...switches, ...lists }
}

function readSrv(srv: NonNullable<DnsData['srv']>[number], path: string, reading: Reading): SrvRecord {
  const { service, protocol, domain, target } = srv
  if (service === undefined) complain(reading, path, "<srv> has no attribute 'service'")
  if (protocol === undefined) complain(reading, path, "<srv> has no attribute 'protocol'")
  const numbers = given({
    port: readNumber(srv.port, `${path}.port`, reading),
    priority: nonZero(readNumber(srv.priority, `${path}.priority`, reading)),
    weight: nonZero(readNumber(srv.weight, `${path}.weight`, reading)),
  })
  return { service: service ?? '', protocol: protocol ?? '', ...given({ domain, target }), ...numbers }
}

/** libvirt takes 0 for no word at all, and so does DNS. */
export function nonZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value
}

export function readRoutes(routes: readonly RouteData[], reading: Reading): RouteSpec[] {
  return routes.flatMap((route, index): RouteSpec[] => {
    const path = `route[${String(index)}]`
    const family = readFamily(route, path, reading)
    const metric = readNumber(route.metric, `${path}.metric`, reading)
    const more = given({ isFamilyWritten: route.family === 'ipv4' ? (true as const) : undefined, metric })
    const otherwise = { path, otherwise: 0 } as const
    if (family === 'ipv4') {
      const address = readAddress(route.address, `${path}.address`, '<route>', reading)
      const gateway = readAddress(route.gateway, `${path}.gateway`, '<route>', reading)
      const length = readLength(route, { ...otherwise, most: 32 }, reading)
      if (address === undefined || gateway === undefined || length === undefined) return []
      const { prefix, prefixSpelling } = length
      return [{ family, destination: { address, prefix }, prefixSpelling, gateway, ...more }]
    }
    if (family === undefined) return []
    const address = readAddress6(route.address, `${path}.address`, '<route>', reading)
    const gateway = readAddress6(route.gateway, `${path}.gateway`, '<route>', reading)
    const length = readLength(route, { ...otherwise, most: 128 }, reading)
    if (address === undefined || gateway === undefined || length === undefined) return []
    const { prefix, prefixSpelling } = length
    return [{ family, destination: { address, prefix }, prefixSpelling, gateway, ...more }]
  })
}
