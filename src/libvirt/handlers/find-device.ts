/** Devices of a machine by what clients call them: target names, paths, MACs, the host's end of a NIC, aliases. */
import { driveNames } from '../../core/vm/drive-names.ts'
import { hostDeviceId } from '../../core/vm/host-devices.ts'
import type { LiveVm } from '../../core/vm/context.ts'
import { diskId } from '../../core/vm/qemu-disks.ts'
import { nicId } from '../../core/vm/qemu-nic.ts'
import { shareId } from '../../core/vm/shares.ts'
import type { DiskDevice, NicDevice, VmSpec } from '../../core/vm/spec.ts'

export type FoundDrive =
  { readonly kind: 'disk'; readonly disk: DiskDevice } | { readonly kind: 'cdrom'; readonly drive: number }

/** `word`: vda, or the path of its image. */
export function findDrive(spec: VmSpec, word: string): FoundDrive | undefined {
  const names = driveNames(spec)
  const disk = spec.disks.find(({ path }, i) => names.disks[i] === word || path === word)
  if (disk !== undefined) return { kind: 'disk', disk }
  const drive = spec.cdroms.findIndex(({ path }, i) => names.cdroms[i] === word || path === word)
  return drive < 0 ? undefined : { kind: 'cdrom', drive }
}

/** `word`: its MAC, or the host's end of one that runs. */
export function findNic(spec: VmSpec, live: LiveVm | undefined, word: string): NicDevice | undefined {
  const place = live?.taps.findIndex((tap) => tap === word) ?? -1
  const mac = live?.spec.nics[place]?.mac ?? word.toLowerCase()
  return spec.nics.find((nic) => nic.mac === mac)
}

export type Aliased =
  | FoundDrive
  | { readonly kind: 'interface'; readonly mac: string }
  | { readonly kind: 'hostdev'; readonly device: string }
  | { readonly kind: 'filesystem'; readonly tag: string }

/** What QEMU calls it. */
export function findAlias(spec: VmSpec, alias: string): Aliased | undefined {
  const disk = spec.disks.find((each, i) => diskId(each, i) === alias)
  if (disk !== undefined) return { kind: 'disk', disk }
  const drive = spec.cdroms.findIndex((_, i) => `cd${String(i)}` === alias)
  if (drive >= 0) return { kind: 'cdrom', drive }
  const nic = spec.nics.find((_, i) => nicId(spec, i) === alias)
  if (nic !== undefined) return { kind: 'interface', mac: nic.mac }
  const device = spec.devices?.find((each) => hostDeviceId(each) === alias)
  if (device !== undefined) return { kind: 'hostdev', device: device.device }
  const share = spec.shares?.find((each) => shareId(each) === alias)
  return share === undefined ? undefined : { kind: 'filesystem', tag: share.tag }
}
