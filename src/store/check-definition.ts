/** Checks that what stands in the file of a machine or a pool has the shape the rest of weft trusts. */
import { readPublication } from '../core/host/publication.ts'
import { ETHERNET_FIELDS, IP_FIELDS } from '../core/network/filter/filter-fields.ts'
import { FILTER_ACTIONS, FILTER_DIRECTIONS, type FilterSpec } from '../core/network/filter/filter-spec.ts'
import type { PoolMark, PoolSpec } from '../core/storage/pool.ts'
import { SECRET_USES, type SecretSpec } from '../core/storage/secret.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { HARDWARE_CHECKS, kept } from './check-hardware.ts'
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
  yesNo,
  type Check,
} from './check-value.ts'

/** Throws an Error whose message names the first place that is wrong; `strictly`: also one that nobody has described. */
export function checkVmSpec(value: unknown, strictly = false): VmSpec {
  vm(value, '', strictly)
  return value as VmSpec
}

const path = text('an absolute path', (word) => word.startsWith('/'))

const publication = text('a port to publish', (word) => readPublication(word) === word)

const rate = optional(record({ average: count, peak: optional(count), burst: optional(count) }))

const integer: Check = (value, path) => {
  if (!Number.isInteger(value)) throw new Error(`'${path}' is no whole number`)
}
const parameter = record({ name: someText, value: someText })

const endPolicy = optional(oneOf('destroy', 'restart', 'preserve'))

export const vm = record({
  ...HARDWARE_CHECKS,
  name,
  uuid: someText,
  isTransient: optional(yesNo),
  cpus: count,
  memoryMiB: count,
  cpuModel: optional(someText),
  accelerator: oneOf('auto', 'kvm', 'tcg'),
  machine: oneOf('q35', 'pc', 'microvm'),
  firmware: optional(record({ code: path, template: path, isSecure: optional(yesNo) })),
  boot: list(oneOf('cd', 'disk', 'net')),
  kernel: optional(record({ path, initrd: optional(path), append: optional(someText) })),
  disks: list(
    record({
      path,
      format: oneOf('qcow2', 'raw'),
      bus: oneOf('virtio', 'scsi', 'usb', 'sata', 'ide'),
      serial: optional(someText),
      bootOrder: optional(count),
      id: optional(name),
      isReadOnly: optional(yesNo),
      isEncrypted: optional(yesNo),
      iops: optional(count),
      bps: optional(count),
      slot: optional(count),
      kept,
    }),
  ),
  cdroms: list(record({ path: optional(path), bootOrder: optional(count), kept })),
  cloudInit: optional(
    record({
      user: someText,
      sshKeys: list(someText),
      hostName: optional(someText),
      userData: optional(someText),
    }),
  ),
  image: optional(record({ name: someText, digest: optional(someText), user: optional(someText) })),
  nics: list(
    record({
      network: name,
      mac,
      model: oneOf('virtio', 'e1000', 'e1000e', 'rtl8139'),
      bootOrder: optional(count),
      slot: optional(count),
      ip: optional(ipv4),
      ip6: optional(ipv6),
      publish: optional(list(publication)),
      portgroup: optional(someText),
      bandwidth: optional(record({ inbound: rate, outbound: rate })),
      isIsolated: optional(yesNo),
      link: optional(oneOf('down')),
      filter: optional(record({ name: someText, parameters: optional(list(parameter)) })),
      kept,
    }),
  ),
  autostart: optional(record({ order: optional(count), delaySeconds: optional(count) })),
  clock: optional(oneOf('localtime')),
  kept,
  lifecycle: optional(
    record({ onPoweroff: endPolicy, onReboot: optional(oneOf('destroy', 'restart')), onCrash: endPolicy }),
  ),
})

const filterRule = record({
  action: oneOf(...FILTER_ACTIONS),
  direction: oneOf(...FILTER_DIRECTIONS),
  priority: integer,
  isStateless: optional(yesNo),
  protocol: optional(oneOf(...Object.keys(ETHERNET_FIELDS), ...Object.keys(IP_FIELDS))),
  fields: optional(list(record({ name: someText, value: someText, isNot: optional(yesNo) }))),
})
const filterInclude = record({ filter: name, parameters: optional(list(parameter)) })
const filterEntry: Check = (value, path) => {
  const isInclude = typeof value === 'object' && value !== null && 'filter' in value
  ;(isInclude ? filterInclude : filterRule)(value, path)
}

const filter = record({
  name,
  uuid: someText,
  chain: someText,
  priority: integer,
  entries: list(filterEntry),
})

export function checkFilter(value: unknown): FilterSpec {
  filter(value, '')
  return value as FilterSpec
}

const secret = record({
  uuid: someText,
  use: oneOf(...SECRET_USES),
  id: someText,
  description: optional(someText),
  isPrivate: yesNo,
  isEphemeral: yesNo,
})

export function checkSecret(value: unknown): SecretSpec {
  secret(value, '')
  return value as SecretSpec
}

const pool = record({
  name,
  kind: oneOf('directory'),
  path,
  uuid: optional(someText),
  isManual: optional(yesNo),
})

const poolMark = record({ name, isActive: yesNo, transient: optional(pool) })

export function checkPoolSpec(value: unknown): PoolSpec {
  pool(value, '')
  return value as PoolSpec
}

export function checkPoolMark(value: unknown): PoolMark {
  poolMark(value, '')
  return value as PoolMark
}
