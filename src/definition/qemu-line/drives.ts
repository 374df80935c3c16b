/** Disks, CDs and files of firmware: -hda, -cdrom, -drive, -blockdev and the devices that they are plugged into. */
import type { DiskDefinition } from '../../core/vm/definition.ts'
import type { CdromDevice } from '../../core/vm/spec.ts'
import { given } from '../../libvirt/xml/given.ts'
import { readNodes } from './block-nodes.ts'
import type { Flash } from './booting.ts'
import { readDiskFile, readLimits, takeUnneeded, type Drive } from './disk-files.ts'
import type { LineDevice, LineOption, LineReader } from './line-options.ts'
import { readValues } from './option-values.ts'

export interface LineDrives {
  readonly disks: readonly DiskDefinition[]
  readonly cdroms: readonly CdromDevice[]
  readonly flashes: readonly Flash[]
}

const LETTERS = ['hda', 'hdb', 'hdc', 'hdd']

export function readDrives(reader: LineReader): LineDrives {
  const all = [
    ...readLetters(reader),
    ...reader.take('drive').map((option) => readDrive(reader, option)),
    ...readNodes(reader),
  ]
  // What a pc has as IDE is SATA in a q35.
  const isQ35 = reader
    .rest()
    .some(({ name, value }) => /^(M|machine)$/.test(name) && value.text.includes('q35'))
  const plugged = plugIn(reader, asTheyStand(all)).map((drive): Drive =>
    isQ35 && drive.bus === 'ide' ? { ...drive, bus: 'sata' } : drive,
  )
  const isThere = (kind: Drive['kind']): Drive[] => inOrder(plugged.filter((drive) => drive.kind === kind))
  for (const drive of plugged) account(reader, drive)
  return {
    disks: isThere('disk').map(({ path = '', format, bus, isReadOnly, iops, bps, serial, bootOrder }) => ({
      source: { path },
      ...given({ format, bus, isReadOnly, iops, bps, serial, bootOrder }),
    })),
    cdroms: isThere('cd').map(({ path, bootOrder }) => given({ path, bootOrder })),
    flashes: isThere('flash').map(({ option, path = '', index }) => ({
      option,
      path,
      ...given({ unit: index }),
    })),
  }
}

const asTheyStand = (drives: readonly Drive[]): Drive[] => {
  const at = ({ option: { value } }: Drive): number => value.line * 100_000 + value.column
  return [...drives].sort((a, b) => at(a) - at(b))
}

/** By their place where they have one, else as they stand. */
const inOrder = (drives: readonly Drive[]): Drive[] =>
  drives
    .map((drive, i) => ({ drive, place: drive.index ?? i }))
    .sort((a, b) => a.place - b.place)
    .map(({ drive }) => drive)

function readLetters(reader: LineReader): Drive[] {
  const disks = reader.take('', ...LETTERS).map((option): Drive => {
    const index = option.name === '' ? 0 : LETTERS.indexOf(option.name)
    return {
      option,
      kind: 'disk',
      bus: 'ide',
      index,
      ...readDiskFile(reader, option.value, option.value.text),
    }
  })
  const cds = reader.take('cdrom').map((option): Drive => {
    return { option, kind: 'cd', bus: 'ide', ...readDiskFile(reader, option.value, option.value.text) }
  })
  return [...disks, ...cds]
}

const INTERFACES: Readonly<Record<string, Pick<Drive, 'kind' | 'bus'>>> = {
  ide: { kind: 'disk', bus: 'ide' },
  scsi: { kind: 'disk', bus: 'scsi' },
  virtio: { kind: 'disk', bus: 'virtio' },
  none: { kind: 'none', bus: 'virtio' },
  pflash: { kind: 'flash', bus: 'virtio' },
}

function readDrive(reader: LineReader, option: LineOption): Drive {
  const values = readValues(option.value)
  const word = values.take('if') ?? 'ide'
  const kind = Object.hasOwn(INTERFACES, word) ? INTERFACES[word] : undefined
  if (kind === undefined)
    reader.refuse(option.value, `weft has no drives of 'if=${word}'`, 'if=virtio, if=scsi or if=ide')
  const isCd = values.take('media') === 'cdrom'
  const serial = values.take('serial')
  const file = values.take('file', 'file.filename')
  const said = values.take('format', 'driver')
  const limits = readLimits(reader, option, values)
  const [index, id] = [values.take('index', 'unit'), values.take('id')]
  const isReadOnly = values.takeFlag('readonly', 'read-only') === true && kind?.kind !== 'flash'
  takeUnneeded(reader, option, values)
  reader.finish(option, values)
  const number = index === undefined ? undefined : Number(index)
  return {
    option,
    kind: isCd ? 'cd' : (kind?.kind ?? 'disk'),
    bus: isCd ? 'sata' : (kind?.bus ?? 'virtio'),
    ...readDiskFile(reader, option.value, file, said),
    ...limits,
    ...given({ index: number, id, serial, isReadOnly: isReadOnly && !isCd ? (true as const) : undefined }),
  }
}

const DISKS =
  /^(virtio-blk(-pci|-device)?(-non-transitional|-transitional)?|ide-hd|ide-cd|ide-drive|scsi-hd|scsi-cd|usb-storage)$/
const DEVICE_WORDS =
  /^(id|bus|addr|unit|num-queues|queue-size|iothread|config-wce|write-cache|werror|rerror|disable-(modern|legacy)|discard_granularity|rotation_rate|romfile|multifunction|packed|scsi|event_idx|ioeventfd|indirect_desc|iommu_platform|ats|model|ver|discard|page-per-vq)$/

/** Drives with `if=none`, and nodes, are what their device makes of them. */
function plugIn(reader: LineReader, drives: readonly Drive[]): Drive[] {
  const devices = reader.takeDevices(DISKS)
  const cds = devices.filter(({ driver }) => driver.endsWith('-cd'))
  const left = new Map(drives.map((drive) => [drive, drive] as const))
  const empty: Drive[] = []
  for (const device of devices) {
    const name = device.values.take('drive')
    const drive = drives.find(({ id }) => id !== undefined && id === name)
    const more = readDevice(reader, device)
    if (drive !== undefined) {
      left.set(drive, { ...drive, ...more })
      reader.taken(
        device.option,
        `the ${more.kind === 'cd' ? 'CD drive' : 'disk'} '${name ?? ''}' as its guest sees it`,
      )
    } else if (cds.includes(device) && name === undefined) {
      empty.push({ option: device.option, ...more })
    } else
      reader.refuse(
        device.option.value,
        `there is no drive '${name ?? ''}'`,
        `-drive if=none,id=${name ?? 'd0'},file=...`,
      )
  }
  return [...left.values(), ...empty]
}

function readDevice(
  reader: LineReader,
  { option, driver, values }: LineDevice,
): Pick<Drive, 'kind' | 'bus' | 'bootOrder' | 'serial'> {
  const [index, serial] = [values.take('bootindex'), values.take('serial')]
  const port = values.take('bus')
  values.drop(/^(removable|scsi-id|lun|channel|port|device_id|drive_id)$/)
  values.drop(DEVICE_WORDS)
  reader.finish(option, values)
  // weft's places begin with 1.
  const bootOrder = index === undefined ? undefined : Number(index) + 1
  return {
    kind: driver.endsWith('-cd') ? 'cd' : 'disk',
    bus: busOf(driver, port),
    ...given({ bootOrder, serial }),
  }
}

/** A bus with a name of its own is of a controller for SATA: IDE's are `ide.0` and `ide.1`. */
function busOf(driver: string, port: string | undefined): Drive['bus'] {
  if (driver.startsWith('virtio')) return 'virtio'
  if (driver.startsWith('scsi')) return 'scsi'
  if (driver.startsWith('usb')) return 'usb'
  return port === undefined || port.startsWith('ide.') ? 'ide' : 'sata'
}

function account(reader: LineReader, { option, kind, path, bus, isReadOnly, id }: Drive): void {
  if (kind === 'flash') return
  if (kind === 'none') {
    reader.leftOut(option, `no device has the drive '${id ?? ''}', so that its guest would not see it`)
    return
  }
  const what =
    path === undefined ? 'an empty CD drive' : kind === 'cd' ? `the CD ${path}` : `the disk ${path}`
  const how = kind === 'cd' || bus === undefined ? '' : `, by ${bus}`
  reader.taken(option, `${what}${how}${isReadOnly === true ? ', only read' : ''}, where it is`)
}
