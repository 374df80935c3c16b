/** A disk: a file in a pool that QEMU's user alone may read. */
import type { PoolSpec } from './pool.ts'

export const DISK_FORMATS = ['qcow2', 'raw'] as const
export type DiskFormat = (typeof DISK_FORMATS)[number]

/** A disk as somebody asks for it. */
export interface DiskDraft {
  readonly name: string
  /** Of the file in the pool, where it is another than name and format make. */
  readonly file?: string
  /** Bytes; may be absent with a backing file, whose size it then has. */
  readonly size?: number
  readonly format?: DiskFormat
  /** A disk, or the absolute path of an image, that this one begins with; it is never written to. */
  readonly backing?: string
  /** What that is, where its own first bytes are not to be asked. */
  readonly backingFormat?: DiskFormat
  /** A pool's name; absent: the built-in one. */
  readonly pool?: string
  /** What is written to it is encrypted on its way to the file (LUKS). */
  readonly isEncrypted?: true
  /** Room that is taken at once: for the tables of a qcow2 image, or for all of a raw one; absent: as it is needed. */
  readonly preallocation?: 'metadata' | 'falloc'
}

export interface DiskSpec {
  readonly name: string
  readonly path: string
  readonly format: DiskFormat
  readonly size?: number
  readonly backing?: { readonly path: string; readonly format: DiskFormat }
  readonly isEncrypted?: true
  readonly preallocation?: 'metadata' | 'falloc'
  /** A machine that runs has the backing file open: it is not looked into, and the size is given. */
  readonly isBackingBusy?: true
}

/** The format is in the file's name: looking for it in the first bytes would trust what a guest wrote there. */
export const diskPath = (
  pool: PoolSpec,
  name: string,
  format: DiskFormat,
  file = `${name}.${format}`,
): string => `${pool.path}/${file}`

/** `web.qcow2` → web, qcow2; undefined for files whose name does not say what is in them. */
export function parseDiskFile(file: string): { name: string; format: DiskFormat } | undefined {
  const match = /^(.+)\.(qcow2|raw)$/.exec(file)
  const [, name, format] = match ?? []
  return name === undefined || (format !== 'qcow2' && format !== 'raw') ? undefined : { name, format }
}

/** A file on its way to be a disk, or from being one. */
export const isPassing = (file: string): boolean => file.startsWith('.') || /\.(new|old)$/.test(file)

/** The disk that a new file of that name would be; undefined where the name says another format. */
export function diskOfFile(file: string, format: DiskFormat): Pick<DiskDraft, 'name' | 'file'> | undefined {
  const parsed = parseDiskFile(file)
  if (parsed === undefined) return { name: file, file }
  return parsed.format === format ? { name: parsed.name } : undefined
}
