/** What calls and events of libvirt's protocol are made of, with its limits: version 1 of the program REMOTE. */
import {
  choice,
  double,
  hyper,
  int,
  list,
  opaque,
  optional,
  struct,
  text,
  uhyper,
  uint,
  uuid,
  type ValueOf,
} from './xdr.ts'

export const string = text(4_194_304)
export const maybeString = optional(string)

export const domain = struct({ name: string, uuid, id: int })
export const network = struct({ name: string, uuid })
export const networkPort = struct({ net: network, uuid })
export const storagePool = struct({ name: string, uuid })
export const storageVol = struct({ pool: string, name: string, key: string })
export const nodeDevice = struct({ name: string })
export const hostInterface = struct({ name: string, mac: string })
export const secret = struct({ uuid, usageType: int, usageID: string })
export const nwfilter = struct({ name: string, uuid })
export const nwfilterBinding = struct({ portdev: string, filtername: string })
export const snapshot = struct({ name: string, dom: domain })
export const checkpoint = struct({ name: string, dom: domain })

/** A running machine has a positive id; one that is stopped has -1. */
export type DomainHandle = ValueOf<typeof domain>
export type NetworkHandle = ValueOf<typeof network>
export type PoolHandle = ValueOf<typeof storagePool>
export type SecretHandle = ValueOf<typeof secret>
export type VolumeHandle = ValueOf<typeof storageVol>
export type SnapshotHandle = ValueOf<typeof snapshot>

export const typedValue = choice({ 1: int, 2: uint, 3: hyper, 4: uhyper, 5: double, 6: int, 7: string })
export const typedParam = struct({ field: string, value: typedValue })
export type TypedParam = ValueOf<typeof typedParam>

export const vcpuInfo = struct({ number: uint, state: int, cpu_time: uhyper, cpu: int })
export const memoryStat = struct({ tag: int, val: uhyper })
export const nodeStat = struct({ field: string, value: uhyper })
export const diskError = struct({ disk: string, error: int })
export const lease = struct({
  iface: string,
  expirytime: hyper,
  type: int,
  mac: maybeString,
  iaid: maybeString,
  ipaddr: string,
  prefix: uint,
  hostname: maybeString,
  clientid: maybeString,
})
export const statsRecord = struct({ dom: domain, params: list(typedParam, 262_144) })
export const fileSystem = struct({
  mountpoint: string,
  name: string,
  fstype: string,
  dev_aliases: list(string, 256),
})
export const ioThread = struct({ iothread_id: uint, cpumap: opaque(2048) })
export const guestAddress = struct({ type: int, addr: string, prefix: uint })
export const guestInterface = struct({ name: string, hwaddr: maybeString, addrs: list(guestAddress, 2048) })
export const graphicsAddress = struct({ family: int, node: string, service: string })
export const graphicsIdentity = struct({ type: string, name: string })

/** The body of a reply or a stream that failed. Clients act on `code` and show `message`. */
export const remoteError = struct({
  code: int,
  domain: int,
  message: maybeString,
  level: int,
  dom: optional(domain),
  str1: maybeString,
  str2: maybeString,
  str3: maybeString,
  int1: int,
  int2: int,
  net: optional(network),
})
export type RemoteError = ValueOf<typeof remoteError>
