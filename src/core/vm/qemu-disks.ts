/** Disks as QEMU is told of them: on its command line, and over QMP when they come while the machine runs. */
import type { Paths } from '../host/paths.ts'
import { vmFiles } from './context.ts'
import { placeWords, slotPlace, virtioDriver } from './qemu-topology.ts'
import { escapeCommas } from './qemu-value.ts'
import type { DiskBus, DiskDevice, VmSpec } from './spec.ts'

/** The node and the device have one name. */
export const diskId = (disk: Pick<DiskDevice, 'id'>, position: number): string =>
  disk.id ?? `disk${String(position)}`

/** Of SCSI and USB disks it is their address too, so that it is the same when the machine is restored. */
export function diskNumber(disk: Pick<DiskDevice, 'id'>, position: number): number {
  return Number(/^disk(\d+)$/.exec(diskId(disk, position))?.[1] ?? position)
}

/** Ports of their controller. */
export const USB_DISKS = 15

/** Where QEMU keeps what a disk reads and writes through: on some buses it is a part of the device. */
export function backendId(machine: VmSpec['machine'], { bus }: Pick<DiskDevice, 'bus'>, id: string): string {
  const device = `/machine/peripheral/${id}`
  if (bus === 'virtio') return machine === 'microvm' ? device : `${device}/virtio-backend`
  return bus === 'usb' ? `${device}/${id}.0/legacy[0]` : id
}

/** What QEMU calls its key. */
export const keyId = (id: string): string => `${id}-key`

/** Before the disks that need them. QEMU reads each once, and then it is gone from there. */
export function keyArgs({ name, disks }: VmSpec, paths: Paths): string[] {
  return encryptedDisks(disks).flatMap(({ id }) => [
    '-object',
    `secret,id=${keyId(id)},file=${escapeCommas(vmFiles(paths, name).key(id))}`,
  ])
}

export function encryptedDisks(disks: readonly DiskDevice[]): (DiskDevice & { readonly id: string })[] {
  return disks.flatMap((disk, position) =>
    disk.isEncrypted === true ? [{ ...disk, id: diskId(disk, position) }] : [],
  )
}

/** A guest whose write fails, since the host's disk is full or gone, stands still and goes on from there: it never hears of it. */
const ON_WRITE_ERROR = { werror: 'stop' } as const

export function diskArgs(
  spec: VmSpec,
  disk: DiskDevice,
  position: number,
  bootIndex: number | undefined,
): string[] {
  const id = diskId(disk, position)
  const boot = bootIndex === undefined ? '' : `,bootindex=${String(bootIndex)}`
  const access = disk.isReadOnly === true ? ',read-only=on' : ''
  const crypt = disk.isEncrypted === true ? `,encrypt.format=luks,encrypt.key-secret=${keyId(id)}` : ''
  const node = `driver=${disk.format},node-name=${id},discard=unmap${access}${crypt},${fileOptions(disk.path)}`
  const { driver, ...words } = deviceWords(spec, disk, position)
  const device = [driver, ...Object.entries(words).map(([key, value]) => `${key}=${String(value)}`)].join(',')
  return ['-blockdev', node, '-device', `${device}${boot}`]
}

/** The same over QMP. */
export function diskNode(disk: DiskDevice, id: string): Readonly<Record<string, unknown>> {
  return {
    driver: disk.format,
    'node-name': id,
    discard: 'unmap',
    ...(disk.isReadOnly === true ? { 'read-only': true } : {}),
    ...(disk.isEncrypted === true ? { encrypt: { format: 'luks', 'key-secret': keyId(id) } } : {}),
    file: { driver: fileDriver(disk.path), filename: disk.path },
  }
}

/** The device, as `device_add` takes it too; with its id and its slot. */
export const diskDevice = (
  machine: Pick<VmSpec, 'machine'>,
  disk: DiskDevice & { readonly id: string },
): Words => deviceWords({ ...machine, disks: [] }, disk, 0)

type Words = Readonly<Record<string, string | number>> & { readonly driver: string }

function deviceWords(spec: Pick<VmSpec, 'machine' | 'disks'>, disk: DiskDevice, position: number): Words {
  const id = diskId(disk, position)
  const serial = disk.serial === undefined ? {} : { serial: disk.serial }
  const common = { id, drive: id, ...ON_WRITE_ERROR }
  const number = diskNumber(disk, position)
  switch (disk.bus) {
    case 'virtio':
      return {
        driver: virtioDriver(spec.machine, 'virtio-blk'),
        ...common,
        ...placeWords(slotPlace(spec.machine, disk.slot ?? 0)),
        ...serial,
      }
    case 'scsi':
      return { driver: 'scsi-hd', ...common, bus: 'scsi.0', 'scsi-id': number, ...serial }
    case 'usb':
      return { driver: 'usb-storage', ...common, bus: 'usb-disks.0', port: String(number + 1), ...serial }
    case 'sata':
    case 'ide':
      return { driver: 'ide-hd', ...common, ...placeWords(`bus=${ideBus(spec, disk, position)}`), ...serial }
  }
}

const fileDriver = (path: string): string => (path.startsWith('/dev/') ? 'host_device' : 'file')

export const fileOptions = (path: string): string =>
  `file.driver=${fileDriver(path)},file.filename=${escapeCommas(path)}`

/** What CDs share their places with; disks come before them. */
export const idePlaces = (machine: VmSpec['machine']): DiskBus => (machine === 'pc' ? 'ide' : 'sata')

/** pc has two channels with two drives each, q35 six with one. */
export const idePlace = (machine: VmSpec['machine'], place: number): string =>
  machine === 'pc' ? `ide.${String(Math.floor(place / 2))},unit=${String(place % 2)}` : `ide.${String(place)}`

function ideBus(
  { machine, disks }: Pick<VmSpec, 'machine' | 'disks'>,
  { bus }: DiskDevice,
  position: number,
): string {
  const place = disks.slice(0, position).filter((other) => other.bus === bus).length
  return bus === idePlaces(machine) ? idePlace(machine, place) : `ahci.${String(place)}`
}
