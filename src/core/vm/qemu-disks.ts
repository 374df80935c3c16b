/** Disks as QEMU is told of them: on its command line, and over QMP when they come while the machine runs. */
import { slotPlace } from './qemu-topology.ts'
import { escapeCommas } from './qemu-value.ts'
import type { DiskDevice, VmSpec } from './spec.ts'

/** The node and the device have one name. */
export const diskId = (disk: Pick<DiskDevice, 'id'>, position: number): string =>
  disk.id ?? `disk${String(position)}`

/** Where QEMU keeps what a disk reads and writes through: of virtio disks it is a part of the device. */
export const backendId = ({ bus }: Pick<DiskDevice, 'bus'>, id: string): string =>
  bus === 'virtio' ? `/machine/peripheral/${id}/virtio-backend` : id

/** A guest whose write fails, since the host's disk is full or gone, stands still and goes on from there: it never hears of it. */
const ON_WRITE_ERROR = 'werror=stop'

export function diskArgs(
  spec: VmSpec,
  disk: DiskDevice,
  position: number,
  bootIndex: number | undefined,
): string[] {
  const id = diskId(disk, position)
  const boot = bootIndex === undefined ? '' : `,bootindex=${String(bootIndex)}`
  const access = disk.isReadOnly === true ? ',read-only=on' : ''
  const node = `driver=${disk.format},node-name=${id},discard=unmap${access},${fileOptions(disk.path)}`
  const device =
    disk.bus === 'virtio'
      ? `virtio-blk-pci,id=${id},drive=${id},${ON_WRITE_ERROR},${slotPlace(spec.machine, disk.slot ?? 0)}${boot}`
      : `ide-hd,id=${id},drive=${id},bus=${sataBus(spec, position)},${ON_WRITE_ERROR}${boot}`
  return ['-blockdev', node, '-device', device]
}

/** The same over QMP. */
export function diskNode(disk: DiskDevice, id: string): Readonly<Record<string, unknown>> {
  return {
    driver: disk.format,
    'node-name': id,
    discard: 'unmap',
    ...(disk.isReadOnly === true ? { 'read-only': true } : {}),
    file: { driver: fileDriver(disk.path), filename: disk.path },
  }
}

/** Only virtio disks come to a machine that runs. */
export function diskDevice(
  { machine }: Pick<VmSpec, 'machine'>,
  disk: DiskDevice,
  id: string,
): Readonly<Record<string, unknown>> {
  const place = slotPlace(machine, disk.slot ?? 0).split(',')
  return {
    driver: 'virtio-blk-pci',
    id,
    drive: id,
    ...Object.fromEntries(place.map((word) => word.split('=') as [string, string])),
  }
}

const fileDriver = (path: string): string => (path.startsWith('/dev/') ? 'host_device' : 'file')

export const fileOptions = (path: string): string =>
  `file.driver=${fileDriver(path)},file.filename=${escapeCommas(path)}`

/** SATA disks come before the CDs on q35, where they share the six places. */
function sataBus(spec: VmSpec, position: number): string {
  const place = spec.disks.slice(0, position).filter((disk) => disk.bus === 'sata').length
  return spec.machine === 'pc' ? `ahci.${String(place)}` : `ide.${String(place)}`
}
