/** A disk of the default pool: a file that QEMU's user alone may read. */
import { poolDirectory, type Paths } from '../host/paths.ts'

export const DISK_FORMATS = ['qcow2', 'raw'] as const
export type DiskFormat = (typeof DISK_FORMATS)[number]

/** A disk as somebody asks for it. */
export interface DiskDraft {
  readonly name: string
  /** Bytes; may be absent with a backing file, whose size it then has. */
  readonly size?: number
  readonly format?: DiskFormat
  /** Absolute path of an image this one starts from; it is never written to. */
  readonly backing?: string
}

export interface DiskSpec {
  readonly name: string
  readonly path: string
  readonly format: DiskFormat
  readonly size?: number
  readonly backing?: { readonly path: string; readonly format: DiskFormat }
}

/** The format is in the file's name: looking for it in the first bytes would trust what a guest wrote there. */
export const diskPath = (paths: Paths, name: string, format: DiskFormat): string =>
  `${poolDirectory(paths)}/${name}.${format}`

/** `web.qcow2` → web, qcow2; undefined for files that are no disks. */
export function parseDiskFile(file: string): { name: string; format: DiskFormat } | undefined {
  const match = /^(.+)\.(qcow2|raw)$/.exec(file)
  const [, name, format] = match ?? []
  return name === undefined || (format !== 'qcow2' && format !== 'raw') ? undefined : { name, format }
}
