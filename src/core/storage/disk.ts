/** A disk: a file in a pool that QEMU's user alone may read. */
import type { PoolSpec } from './pool.ts'

export const DISK_FORMATS = ['qcow2', 'raw'] as const
export type DiskFormat = (typeof DISK_FORMATS)[number]

/** A disk as somebody asks for it. */
export interface DiskDraft {
  readonly name: string
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
}

export interface DiskSpec {
  readonly name: string
  readonly path: string
  readonly format: DiskFormat
  readonly size?: number
  readonly backing?: { readonly path: string; readonly format: DiskFormat }
  readonly isEncrypted?: true
  /** A machine that runs has the backing file open: it is not looked into, and the size is given. */
  readonly isBackingBusy?: true
}

/** The format is in the file's name: looking for it in the first bytes would trust what a guest wrote there. */
export const diskPath = (pool: PoolSpec, name: string, format: DiskFormat): string =>
  `${pool.path}/${name}.${format}`

/** `web.qcow2` → web, qcow2; undefined for files that are no disks. */
export function parseDiskFile(file: string): { name: string; format: DiskFormat } | undefined {
  const match = /^(.+)\.(qcow2|raw)$/.exec(file)
  const [, name, format] = match ?? []
  return name === undefined || (format !== 'qcow2' && format !== 'raw') ? undefined : { name, format }
}
