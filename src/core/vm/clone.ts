/** Another machine like one that is there: what it shares with it, and what must be its own. */
import type { MacAddress } from '../address/mac.ts'
import { omit } from './omit.ts'
import type { DiskDevice, VmSpec } from './spec.ts'

export interface CloneIdentity {
  readonly name: string
  readonly uuid: string
  /** One for each NIC. */
  readonly macs: readonly MacAddress[]
  /** One for each disk. */
  readonly disks: readonly DiskDevice[]
}

/** Places on the bus, policy and hardware stay; addresses somebody asked for, published ports, devices of the host, the host name and the start with the host do not. */
export function cloneSpec(source: VmSpec, { name, uuid, macs, disks }: CloneIdentity): VmSpec {
  const nics = source.nics.map((nic, i) => omit({ ...nic, mac: macs[i] ?? nic.mac }, 'ip', 'ip6', 'publish'))
  const clone = omit({ ...source, name, uuid, disks, nics }, 'autostart', 'devices')
  if (source.cloudInit === undefined) return clone
  return { ...clone, cloudInit: omit(source.cloudInit, 'hostName') }
}

/** `web` and `web-data` of web become `db` and `db-data` of db, `data` becomes `db-data`. */
export function cloneDiskName(disk: string, source: string, name: string): string {
  if (disk === source) return name
  return disk.startsWith(`${source}-`) ? `${name}${disk.slice(source.length)}` : `${name}-${disk}`
}

/** Sentences about what the clone does not have. */
export function cloneNotes(source: VmSpec): string[] {
  const asked = source.nics.flatMap(({ ip, ip6 }) => [ip, ip6].filter((each) => each !== undefined))
  return [
    ...(source.disks.length === 0 ? [] : [`snapshots and backups stay with ${source.name}`]),
    ...(asked.length === 0 ? [] : [`${asked.join(' and ')} stays with ${source.name}`]),
    ...(source.nics.every(({ publish }) => publish === undefined)
      ? []
      : [`published ports stay with ${source.name}`]),
    ...(source.devices ?? []).map(({ device }) => `device ${device} stays with ${source.name}`),
    ...(source.autostart === undefined ? [] : ['it does not start with the host: weft vm autostart']),
    ...(source.cloudInit?.userData === undefined ? [] : ['its user-data is the same, names in it included']),
  ]
}
