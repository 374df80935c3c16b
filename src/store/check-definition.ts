/** Checks that what stands in a definition's file has the shape the rest of weft trusts. */
import { parseInterfaceName } from '../core/address/interface-name.ts'
import { parseIpv4, parseIpv4Cidr } from '../core/address/ipv4.ts'
import { parseMac } from '../core/address/mac.ts'
import type { StoredNetwork } from '../core/network/spec.ts'
import type { VmSpec } from '../core/vm/spec.ts'

type Check = (value: unknown, path: string) => void

/** Throws an Error whose message names the first place that is wrong. */
export function checkStoredNetwork(value: unknown): StoredNetwork {
  storedNetwork(value, '')
  return value as StoredNetwork
}

/** Throws an Error whose message names the first place that is wrong. */
export function checkVmSpec(value: unknown): VmSpec {
  vm(value, '')
  return value as VmSpec
}

const record =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object')
    for (const [name, check] of Object.entries(fields)) {
      check((value as Record<string, unknown>)[name], path === '' ? name : `${path}.${name}`)
    }
  }

const optional =
  (check: Check): Check =>
  (value, path) => {
    if (value !== undefined) check(value, path)
  }

const list =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, 'a list')
    value.forEach((entry, index) => {
      check(entry, `${path}[${index}]`)
    })
  }

const text =
  (what: string, accepts: (text: string) => boolean = () => true): Check =>
  (value, path) => {
    if (typeof value !== 'string' || !accepts(value)) throw wrong(path, what)
  }

const oneOf = (...words: readonly string[]): Check => text(words.join(' or '), (word) => words.includes(word))

const count: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw wrong(path, 'a number')
}

const yesNo: Check = (value, path) => {
  if (typeof value !== 'boolean') throw wrong(path, 'true or false')
}

function wrong(path: string, what: string): Error {
  return new Error(`'${path === '' ? 'the file' : path}' must be ${what}`)
}

/** Names become file names: nothing that leads elsewhere. The core is stricter; what it lets through is read again here. */
const name = text('a name', (word) => /^[^/\s.\p{Cc}][^/\p{Cc}]*$/u.test(word))
const someText = text('text')
const interfaceName = text('an interface name', (word) => parseInterfaceName(word) !== undefined)
const mac = text('a MAC address', (word) => parseMac(word) !== undefined)
const ipv4 = text('an IPv4 address', (word) => parseIpv4(word) !== undefined)
const path = text('an absolute path', (word) => word.startsWith('/'))

const cidr: Check = (value, where) => {
  record({ address: ipv4, prefix: count })(value, where)
  const { address, prefix } = value as { address: string; prefix: number }
  if (parseIpv4Cidr(`${address}/${prefix}`) === undefined) throw wrong(where, 'an address with its prefix')
}

const dhcp = record({
  ranges: list(record({ start: ipv4, end: ipv4 })),
  hosts: list(record({ mac, ip: optional(ipv4), name: optional(someText) })),
})

const storedNetwork = record({
  autostart: yesNo,
  spec: record({
    name,
    uuid: someText,
    mode: oneOf('nat', 'isolated'),
    forwardDevice: optional(interfaceName),
    bridge: record({ name: interfaceName, stp: yesNo, delaySeconds: count }),
    mac,
    domain: optional(record({ name: someText, isLocalOnly: yesNo })),
    ip: optional(record({ cidr, prefixSpelling: oneOf('netmask', 'prefix', 'class'), dhcp: optional(dhcp) })),
    kept: list(record({ name: someText, xml: someText })),
  }),
})

const vm = record({
  name,
  uuid: someText,
  cpus: count,
  memoryMiB: count,
  cpuModel: optional(someText),
  accelerator: oneOf('auto', 'kvm', 'tcg'),
  machine: oneOf('q35', 'pc'),
  boot: list(oneOf('cd', 'disk', 'net')),
  kernel: optional(record({ path, initrd: optional(path), append: optional(someText) })),
  disks: list(record({ path, format: oneOf('qcow2', 'raw'), bus: oneOf('virtio', 'sata') })),
  cdroms: list(record({ path })),
  nics: list(record({ network: name, mac, model: oneOf('virtio', 'e1000', 'rtl8139') })),
})
