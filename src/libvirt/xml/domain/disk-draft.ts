/** `<disk>` elements: hard disks and CDs. */
import type { DefinitionPlace, DiskDefinition } from '../../../core/vm/definition.ts'
import type { CdromDevice, DiskBus, DiskDevice, VmSpec } from '../../../core/vm/spec.ts'
import type { Reading } from '../element-shape.ts'
import { given } from '../given.ts'
import { canonicalUuid, isUuid } from '../pool.ts'
import { complain, readNumber } from '../read-value.ts'
import { readBootOrder } from './boot-draft.ts'
import { DISK_ELEMENT, type DiskData } from './domain-element.ts'
import { driveName, driveNames } from '../../../core/vm/drive-names.ts'
import { keptOf } from './kept-parts.ts'

export interface PartReading {
  readonly reading: Reading
  /** Where the parts of the machine stand. */
  readonly places: Map<string, DefinitionPlace>
}

export function readDisks(
  all: readonly DiskData[],
  machine: VmSpec['machine'],
  { reading, places }: PartReading,
): { readonly disks: DiskDefinition[]; readonly cdroms: CdromDevice[] } {
  const disks: DiskDefinition[] = []
  const cdroms: CdromDevice[] = []
  all.forEach((data, index) => {
    const path = `devices.disk[${String(index)}]`
    const isCd = data.device === 'cdrom'
    const part = isCd ? `cdroms.${String(cdroms.length)}` : `disks.${String(disks.length)}`
    const place = reading.places.get(`${path}.source`) ?? reading.places.get(path)
    if (place !== undefined) places.set(part, place)
    const boot = reading.places.get(`${path}.boot`)
    if (boot !== undefined) places.set(`${part}.boot`, boot)
    if (isCd) cdroms.push(readCdrom(data, machine, path, reading))
    else disks.push(readDisk(data, path, reading))
  })
  // Names that come of the order anyway are not worth keeping.
  const names = driveNames({
    disks: disks.map(({ bus = 'virtio' }) => ({ path: '', format: 'raw', bus })),
    cdroms: cdroms.map(() => ({})),
    machine,
  })
  const wanted = [...names.disks, ...names.cdroms]
  const isUsual = [...disks, ...cdroms].every(({ kept }, i) => (driveName(kept) ?? wanted[i]) === wanted[i])
  return isUsual ? { disks: disks.map(withoutName), cdroms: cdroms.map(withoutName) } : { disks, cdroms }
}

function withoutName<Drive extends CdromDevice | DiskDefinition>(drive: Drive): Drive {
  const rest = (drive.kept ?? []).filter(({ at, name }) => at !== 'target' || name !== 'dev')
  const copy = { ...drive, kept: rest }
  if (rest.length === 0) delete (copy as { kept?: unknown }).kept
  return copy
}

function readDisk(data: DiskData, path: string, reading: Reading): DiskDefinition {
  const { device = 'disk', target, iotune } = data
  if (device !== 'disk')
    complain(reading, `${path}.device`, `device '${device}' is not supported`, 'disk or cdrom')
  const bus = target?.bus ?? busOfName(target?.dev)
  const isKnown = isBus(bus)
  if (!isKnown) {
    const message = bus === undefined ? 'the disk has no bus' : `bus '${bus}' is not supported`
    complain(
      reading,
      bus === undefined ? path : `${path}.target.bus`,
      message,
      `bus='${BUSES.slice(0, -1).join("', '")}' or '${BUSES.at(-1) ?? ''}'`,
    )
  }
  const source = readSource(data, path, reading)
  if (source === undefined)
    complain(reading, path, 'the disk has no <source>', "<source file='/srv/web.qcow2'/>")
  return {
    source: source ?? { path: '' },
    format: readFormat(data, path, reading),
    bus: isKnown ? bus : 'virtio',
    ...given({
      isReadOnly: data.readonly === undefined ? undefined : (true as const),
      isEncrypted: readEncryption(data, path, reading),
      secret: readSecret(data, path, reading),
      iops: readLimit(iotune?.total_iops_sec, `${path}.iotune.total_iops_sec`, reading),
      bps: readLimit(iotune?.total_bytes_sec, `${path}.iotune.total_bytes_sec`, reading),
      serial: data.serial?.trim(),
      bootOrder: readBootOrder(data, path, reading),
      ...keptBy(data),
    }),
  }
}

const BUSES = ['virtio', 'scsi', 'usb', 'sata', 'ide'] as const satisfies readonly DiskBus[]
/** libvirt goes by the name where nothing else says it. */
const busOfName = (dev = ''): string | undefined =>
  ({ vd: 'virtio', sd: 'scsi', hd: 'ide' })[/^(vd|sd|hd)[a-z]+$/.exec(dev)?.[1] ?? '']

const isBus = (word: string | undefined): word is DiskBus => BUSES.some((bus) => bus === word)

/** 0 is any. */
function readLimit(text: string | undefined, path: string, reading: Reading): number | undefined {
  const word = text?.trim()
  // More digits than readNumber takes: a terabyte a second has thirteen.
  const limit = /^\d{11,15}$/.test(word ?? '') ? Number(word) : readNumber(word, path, reading)
  return limit === 0 ? undefined : limit
}

/** Every drive is on the controller that comes with the machine, where CDs are read only. */
function readCdrom(data: DiskData, machine: VmSpec['machine'], path: string, reading: Reading): CdromDevice {
  const bus = data.target?.bus
  const known = machine === 'pc' ? ['ide', 'sata'] : ['sata', 'ide']
  if (bus !== undefined && !known.includes(bus))
    complain(
      reading,
      `${path}.target.bus`,
      `a CD drive on bus '${bus}' is not supported`,
      `bus='${known[0] ?? ''}'`,
    )
  const format = readFormat(data, path, reading)
  if (format !== 'raw') complain(reading, `${path}.driver.type`, `a CD is raw, not ${format}`, "type='raw'")
  if (data.serial !== undefined)
    complain(reading, `${path}.serial`, 'weft gives a CD drive no serial number', 'leave it out')
  if (data.iotune !== undefined)
    complain(reading, `${path}.iotune`, 'weft does not limit CD drives', 'leave it out')
  const source = readSource(data, path, reading)
  if (data.source?.encryption !== undefined)
    complain(reading, `${path}.source.encryption`, 'weft reads no encrypted CD', 'leave it out')
  if (source !== undefined && 'pool' in source)
    complain(reading, `${path}.source`, 'a CD is named by its path', "<source file='/srv/debian.iso'/>")
  return given({
    path: source !== undefined && 'path' in source ? source.path : undefined,
    bootOrder: readBootOrder(data, path, reading),
    ...keptBy(data),
  })
}

function keptBy(data: DiskData): { kept: DiskDevice['kept'] } {
  const kept = keptOf(DISK_ELEMENT, data)
  return { kept: kept.length === 0 ? undefined : kept }
}

/** Of a disk, whatever else stands there: there is one way, and one key. */
function readEncryption({ source }: DiskData, path: string, reading: Reading): true | undefined {
  const { encryption } = source ?? {}
  if (encryption === undefined) return undefined
  const place = `${path}.source.encryption`
  if (encryption.format !== 'luks')
    complain(
      reading,
      `${place}.format`,
      `encryption '${encryption.format ?? ''}' is not supported`,
      "format='luks'",
    )
  const { type = 'passphrase', usage } = encryption.secret ?? {}
  if (type !== 'passphrase')
    complain(
      reading,
      `${place}.secret.type`,
      `a secret of type '${type}' is not supported`,
      "type='passphrase'",
    )
  if (usage !== undefined && usage !== source?.file && source?.file !== undefined)
    complain(
      reading,
      `${place}.secret.usage`,
      'the key of another disk is not tried',
      `usage='${source.file}'`,
    )
  return true
}

function readSecret({ source }: DiskData, path: string, reading: Reading): string | undefined {
  const uuid = source?.encryption?.secret?.uuid
  if (uuid === undefined || isUuid(uuid)) return uuid === undefined ? undefined : canonicalUuid(uuid)
  complain(reading, `${path}.source.encryption.secret.uuid`, `'${uuid}' is no UUID`, 'weft secret list')
  return undefined
}

/** libvirt takes an image without a word of its format for raw. */
function readFormat({ driver }: DiskData, path: string, reading: Reading): DiskDevice['format'] {
  const { name = 'qemu', type = 'raw', cache } = driver ?? {}
  if (name !== 'qemu')
    complain(reading, `${path}.driver.name`, `driver '${name}' is not supported`, "name='qemu'")
  if (cache === 'writethrough' || cache === 'directsync') {
    const message = `cache='${cache}' is not supported: weft writes through when the guest asks for it`
    complain(reading, `${path}.driver.cache`, message, 'leave it out')
  }
  if (type === 'qcow2' || type === 'raw') return type
  const hint = `convert it: weft disk import NAME --from ${type} FILE`
  complain(reading, `${path}.driver.type`, `format '${type}' is not supported`, hint)
  return 'raw'
}

function readSource(
  { type = 'file', source }: DiskData,
  path: string,
  reading: Reading,
): DiskDefinition['source'] | undefined {
  const known = ['file', 'block', 'volume']
  if (!known.includes(type)) {
    complain(reading, `${path}.type`, `a disk of type '${type}' is not supported`, 'file, block or volume')
    return { path: '/' }
  }
  if (type === 'volume') {
    const { pool, volume } = source ?? {}
    if (pool === undefined || volume === undefined) {
      complain(reading, path, 'a disk of type volume has a <source> with pool and volume')
      return { path: '/' }
    }
    return { pool, volume }
  }
  const file = type === 'file' ? source?.file : source?.dev
  return file === undefined || file === '' ? undefined : { path: file }
}
