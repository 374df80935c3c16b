/** The file of a drive: its path, its format, its limits. */
import type { DiskDefinition } from '../../core/vm/definition.ts'
import type { LineOption, LineReader } from './line-options.ts'
import type { OptionValues } from './option-values.ts'
import type { ShellWord } from './shell-words.ts'

export interface DiskFile extends Pick<DiskDefinition, 'format' | 'isReadOnly' | 'iops' | 'bps'> {
  readonly path?: string
}

/** A drive before or after it has its device. */
export interface Drive extends DiskFile {
  readonly option: LineOption
  /** By which devices and the machine know it. */
  readonly id?: string
  readonly kind: 'disk' | 'cd' | 'flash' | 'none'
  readonly bus: DiskDefinition['bus']
  /** Its place among those of its bus. */
  readonly index?: number
  readonly bootOrder?: number
  readonly serial?: string
}

/** QEMU's own ways to what is not a file of this host. */
const ELSEWHERE =
  /^(nbd|rbd|iscsi|ssh|sftp|https?|ftps?|gluster\+?\w*|nfs|sheepdog|fat|vvfat|json|blkdebug|fd):/

/** `said` is its format where the line says one. */
export function readDiskFile(
  reader: LineReader,
  word: ShellWord,
  file: string | undefined,
  said?: string,
): DiskFile {
  const format = said === undefined ? undefined : readFormat(reader, word, said)
  const formatted = format === undefined ? {} : { format }
  if (file === undefined || file === '') return formatted
  const [scheme] = ELSEWHERE.exec(file) ?? []
  if (scheme !== undefined)
    reader.refuse(
      word,
      `weft opens no '${scheme}' images: disks are files and devices of this host`,
      'copy it here: qemu-img convert',
    )
  return { path: reader.pathOf(file.replace(/^file:/, '')), ...formatted }
}

const RAW = ['raw', 'host_device', 'file', 'host_cdrom']

function readFormat(reader: LineReader, word: ShellWord, format: string): DiskDefinition['format'] {
  if (format === 'qcow2') return 'qcow2'
  if (RAW.includes(format)) return 'raw'
  reader.refuse(
    word,
    `format '${format}' is not supported`,
    `convert it: weft disk import NAME --from ${format} FILE`,
  )
  return undefined
}

/** Read and written together, as weft limits them. */
export function readLimits(
  reader: LineReader,
  { value }: LineOption,
  values: OptionValues,
): Pick<DiskDefinition, 'iops' | 'bps'> {
  const number = (...names: readonly string[]): number | undefined => {
    const text = values.take(...names)
    if (text === undefined || Number(text) === 0) return undefined
    if (/^\d{1,15}$/.test(text)) return Number(text)
    reader.refuse(value, `'${text}' is no limit`, 'requests or bytes a second, as a number')
    return undefined
  }
  const iops = number('iops', 'throttling.iops-total')
  const bps = number('bps', 'throttling.bps-total')
  return { ...(iops === undefined ? {} : { iops }), ...(bps === undefined ? {} : { bps }) }
}

const UNNEEDED =
  /^(cache(\.direct|\.no-flush)?|aio|discard|detect-zeroes|werror|rerror|node-name|bus|addr|cyls|heads|secs|trans|auto-read-only|lazy-refcounts|l2-cache-size|cache-size|file\.(driver|aio|locking|cache\.direct|cache\.no-flush|discard|node-name|read-only|auto-read-only)|overlap-check|force-share)$/

/** What weft says of every disk itself. What would destroy data is refused. */
export function takeUnneeded(reader: LineReader, { value }: LineOption, values: OptionValues): void {
  if (values.takeFlag('snapshot') === true)
    reader.refuse(
      value,
      'what a guest of weft writes stays',
      'a disk to throw away: weft disk create NAME --backing FILE',
    )
  if (values.takeFlag('copy-on-read') === true)
    reader.refuse(value, 'weft copies no disk while it is read', 'weft disk clone')
  values.drop(UNNEEDED)
}
