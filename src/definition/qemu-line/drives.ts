/** Disks, CDs and files of firmware: -hda, -cdrom, -drive, -blockdev and the devices that they are plugged into. */
import type { DiskDefinition } from '../../core/vm/definition.ts'
import type { BootDevice, CdromDevice } from '../../core/vm/spec.ts'
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
  readonly ordered: readonly { readonly kind: BootDevice; readonly index: number }[]
}

const LETTERS = ['hda', 'hdb', 'hdc', 'hdd']

export function readDrives(reader: LineReader): LineDrives {
  const all = [
    ...readLetters(reader),
    ...reader.take('drive').map((option) => readDrive(reader, option)),
    ...readNodes(reader),
  ]
  const plugged = plugIn(reader, asTheyStand(all))
  const isThere = (kind: Drive['kind']): Drive[] => inOrder(plugged.filter((drive) => drive.kind === kind))
  for (const drive of plugged) account(reader, drive)
  refuseOrder(reader, isThere('disk'))
  return {
    disks: isThere('disk').map(({ path = '', format, bus, isReadOnly, iops, bps }) => ({
      source: { path },
      ...given({ format, bus, isReadOnly, iops, bps }),
    })),
    cdroms: isThere('cd').map(({ path }) => given({ path })),
    flashes: isThere('flash').map(({ option, path = '', index }) => ({
      option,
      path,
      ...given({ unit: index }),
    })),
    ordered: plugged.flatMap(({ kind, bootIndex }) =>
      bootIndex === undefined || (kind !== 'disk' && kind !== 'cd') ? [] : [{ kind, index: bootIndex }],
    ),
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
      bus: 'sata',
      index,
      ...readDiskFile(reader, option.value, option.value.text),
    }
  })
  const cds = reader.take('cdrom').map((option): Drive => {
    return { option, kind: 'cd', bus: 'sata', ...readDiskFile(reader, option.value, option.value.text) }
  })
  return [...disks, ...cds]
}

const INTERFACES: Readonly<Record<string, Pick<Drive, 'kind' | 'bus'>>> = {
  ide: { kind: 'disk', bus: 'sata' },
  virtio: { kind: 'disk', bus: 'virtio' },
  none: { kind: 'none', bus: 'virtio' },
  pflash: { kind: 'flash', bus: 'virtio' },
}

function readDrive(reader: LineReader, option: LineOption): Drive {
  const values = readValues(option.value)
  const word = values.take('if') ?? 'ide'
  const kind = Object.hasOwn(INTERFACES, word) ? INTERFACES[word] : undefined
  if (kind === undefined)
    reader.refuse(option.value, `weft has no drives of 'if=${word}'`, 'if=virtio, or if=ide')
  const isCd = values.take('media') === 'cdrom'
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
    ...given({ index: number, id, isReadOnly: isReadOnly && !isCd ? (true as const) : undefined }),
  }
}

const DISKS = /^(virtio-blk(-pci)?(-non-transitional|-transitional)?|ide-hd|ide-cd|ide-drive)$/
const DEVICE_WORDS =
  /^(id|bus|addr|unit|num-queues|queue-size|iothread|config-wce|write-cache|werror|rerror|disable-(modern|legacy)|discard_granularity|rotation_rate|romfile|multifunction|packed|scsi|event_idx|ioeventfd|indirect_desc|iommu_platform|ats|model|ver|discard|page-per-vq)$/

/** Drives with `if=none`, and nodes, are what their device makes of them. */
function plugIn(reader: LineReader, drives: readonly Drive[]): Drive[] {
  const devices = reader.takeDevices(DISKS)
  const cds = devices.filter(({ driver }) => driver === 'ide-cd')
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
): Pick<Drive, 'kind' | 'bus' | 'bootIndex'> {
  const bootIndex = values.take('bootindex')
  values.drop(DEVICE_WORDS)
  reader.finish(option, values)
  return {
    kind: driver === 'ide-cd' ? 'cd' : 'disk',
    bus: driver.startsWith('virtio') ? 'virtio' : 'sata',
    ...given({ bootIndex: bootIndex === undefined ? undefined : Number(bootIndex) }),
  }
}

/** weft tries the disks of a machine one after the other, in the order they stand in. */
function refuseOrder(reader: LineReader, disks: readonly Drive[]): void {
  const places = disks.map(({ bootIndex }) => bootIndex ?? Number.MAX_SAFE_INTEGER)
  const wrong = disks.find((_, i) => i > 0 && (places[i - 1] ?? 0) > (places[i] ?? 0))
  if (wrong !== undefined)
    reader.refuse(
      wrong.option.value,
      'weft boots from disks in the order they stand in',
      'put the one to boot from first',
    )
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
