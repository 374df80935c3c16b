/** What is wrong with a disk somebody asks for: everything at once. */
import type { Problem } from '../errors.ts'
import type { DiskDraft } from './disk.ts'

export interface DiskSurroundings {
  /** Names of disks in any pool. */
  readonly names: readonly string[]
  readonly poolDirectory: string
  /** The backing file, when one is named and there. */
  readonly backing:
    { readonly qemuMayRead: boolean; readonly isDirectory: boolean; readonly size: number } | undefined
  readonly qemuUser: string
}

/** qcow2 and ext4 both end well above what anybody asks for; a typing error asks for more. */
const LARGEST = 2 ** 50
const SMALLEST = 512

export function diskProblems(draft: DiskDraft, around: DiskSurroundings): Problem[] {
  return [...nameProblems(draft, around), ...sizeProblems(draft, around), ...backingProblems(draft, around)]
}

export function nameProblems(
  { name }: Pick<DiskDraft, 'name'>,
  around: Pick<DiskSurroundings, 'names'>,
): Problem[] {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) {
    const hint = 'letters, digits, dots, dashes and underscores, at most 100'
    return [{ path: 'name', message: `'${name}' cannot be a disk's name`, hint }]
  }
  if (!around.names.includes(name)) return []
  return [{ path: 'name', message: `disk '${name}' exists already`, hint: `weft disk show ${name}` }]
}

function sizeProblems(draft: DiskDraft, around: DiskSurroundings): Problem[] {
  const { size, backing } = draft
  if (size === undefined) {
    return backing === undefined
      ? [{ path: 'size', message: 'a disk needs a size', hint: 'give one: --size 10G' }]
      : []
  }
  if (!Number.isSafeInteger(size) || size < SMALLEST || size > LARGEST || size % 512 !== 0) {
    const hint = 'whole sectors of 512 bytes, at least one, at most 1 PiB: --size 10G'
    return [{ path: 'size', message: `${String(size)} bytes cannot be a disk's size`, hint }]
  }
  const under = around.backing?.size ?? 0
  if (size >= under) return []
  const message = `the disk would be smaller than its backing file (${String(under)} bytes)`
  return [{ path: 'size', message, hint: 'leave the size out to take that of the backing file' }]
}

function backingProblems({ backing, format }: DiskDraft, around: DiskSurroundings): Problem[] {
  if (backing === undefined) return []
  const problem = (message: string, hint: string): Problem[] => [{ path: 'backing', message, hint }]
  if (format === 'raw') return problem('a raw disk cannot have a backing file', 'use --format qcow2')
  if (!backing.startsWith('/')) return problem(`'${backing}' is not an absolute path`, 'begin it with /')
  if (around.backing === undefined) return problem(`there is no file '${backing}'`, `ls -l ${backing}`)
  if (around.backing.isDirectory) return problem(`'${backing}' is a directory`, 'name an image file')
  if (around.backing.qemuMayRead) return []
  const message = `user '${around.qemuUser}', as whom QEMU runs, may not read '${backing}'`
  return problem(
    message,
    `put it into ${around.poolDirectory}, or let that user in: setfacl -m u:${around.qemuUser}:r ${backing}`,
  )
}
