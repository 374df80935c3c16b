/** Writes a cpio archive in the "newc" format, which the kernel unpacks into its first root filesystem. */

export interface CpioEntry {
  /** Without a leading slash; directories come before what is in them. */
  readonly path: string
  /** File type and permissions as in stat(2). */
  readonly mode: number
  /** A file's bytes or a link's target. */
  readonly content?: Buffer | string
  /** Of a device node. */
  readonly device?: { readonly major: number; readonly minor: number }
}

export const directory = (path: string): CpioEntry => ({ path, mode: 0o040755 })
export const program = (path: string, content: string): CpioEntry => ({ path, mode: 0o100755, content })
export const file = (path: string, content: string): CpioEntry => ({ path, mode: 0o100644, content })
export const link = (path: string, target: string): CpioEntry => ({ path, mode: 0o120777, content: target })
export const device = (path: string, major: number, minor: number): CpioEntry => ({
  path,
  mode: 0o020600,
  device: { major, minor },
})

export function formatCpio(entries: readonly CpioEntry[]): Buffer {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }]
  return Buffer.concat(all.flatMap((entry, i) => formatEntry(entry, i + 1)))
}

/** A header of 13 numbers of 8 hex digits, the name, the content; name and content end on multiples of four. */
function formatEntry(entry: CpioEntry, inode: number): Buffer[] {
  const content = Buffer.from(entry.content ?? '')
  const name = Buffer.from(`${entry.path}\0`)
  const { major = 0, minor = 0 } = entry.device ?? {}
  const fields = [inode, entry.mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [header, name, padding(header.length + name.length), content, padding(content.length)]
}

const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4)
