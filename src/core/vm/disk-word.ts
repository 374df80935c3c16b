/** One disk in a word, as `--disk` takes it: `web`, `/srv/web.img`, `data,bus=scsi,ro,serial=D1,boot=2,iops=500,bps=20M`. */
import { WeftError } from '../errors.ts'
import type { CdromDevice, DiskBus, DiskDevice } from './spec.ts'

export interface DiskWord extends Partial<Omit<DiskDevice, 'path' | 'id'>> {
  /** A disk of a pool, or an absolute path. */
  readonly image: string
}

type Said = Omit<DiskWord, 'image'>
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }
const OPTION = /,(ro|(?:bus|format|iops|bps|serial|boot)=[^,]*)$/

/** Read from the end: a path may have commas of its own. */
export function parseDiskWord(word: string): DiskWord {
  let image = word
  let said: Said = {}
  for (let match = OPTION.exec(image); match !== null; match = OPTION.exec(image)) {
    const [whole, option = ''] = match
    const known = readOption(option)
    if (known === undefined) throw refusal(word, `has '${option}'`)
    if (Object.keys(known).some((key) => key in said)) throw refusal(word, `says '${option}' twice`)
    said = { ...known, ...said }
    image = image.slice(0, -whole.length)
  }
  if (image === '') throw refusal(word, 'names none')
  return { image, ...said }
}

/** A CD drive, as `--cdrom` takes it: an absolute path, `/srv/debian.iso,boot=1`. */
export function parseCdWord(word: string): CdromDevice {
  const [, path = word, place] = /^(.*),boot=([1-9]\d{0,2})$/.exec(word) ?? []
  return { path, ...(place === undefined ? {} : { bootOrder: Number(place) }) }
}

function readOption(option: string): Said | undefined {
  const [key = '', value = ''] = option.split('=')
  const amount = readAmount(value)
  switch (key) {
    case 'ro':
      return { isReadOnly: true }
    case 'bus':
      return isBus(value) ? { bus: value } : undefined
    case 'serial':
      return value === '' ? undefined : { serial: value }
    case 'boot':
      return /^[1-9]\d{0,2}$/.test(value) ? { bootOrder: Number(value) } : undefined
    case 'format':
      return value === 'qcow2' || value === 'raw' ? { format: value } : undefined
    case 'iops':
      return amount === undefined ? undefined : { iops: amount }
    default:
      return amount === undefined ? undefined : { bps: amount }
  }
}

const BUSES: readonly string[] = ['virtio', 'scsi', 'usb', 'sata', 'ide'] satisfies readonly DiskBus[]
const isBus = (word: string): word is DiskBus => BUSES.includes(word)

function readAmount(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,12})([KMG]?)$/.exec(text) ?? []
  const amount = Number(digits) * (UNITS[unit] ?? 1)
  return amount > 0 ? amount : undefined
}

function refusal(word: string, what: string): WeftError {
  return new WeftError('invalid-argument', `'${word}' is not a disk: it ${what}`, {
    hint: 'write a name or a path, with ,bus=virtio|scsi|usb|sata|ide ,format=qcow2|raw ,ro ,serial=TEXT ,boot=N ,iops=N ,bps=20M as needed',
  })
}
