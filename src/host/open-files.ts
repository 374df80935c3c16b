/** What processes have open: looked for only when somebody asks who has something. */
import { readlinkSync } from 'node:fs'
import { listDirectory } from './observe-network-files.ts'
import { readText } from './process-table.ts'

export interface OpenFile {
  readonly pid: number
  readonly fd: string
  /** What the link under /proc shows: a path, or `socket:[4711]`. */
  readonly target: string
}

/** Of all processes that can be looked into. One may end meanwhile: what it had is left out. */
export function* openFiles(): Generator<OpenFile> {
  for (const pid of listDirectory('/proc').filter((name) => /^\d+$/.test(name)))
    for (const fd of listDirectory(`/proc/${pid}/fd`)) {
      const target = linkTarget(`/proc/${pid}/fd/${fd}`)
      if (target !== undefined) yield { pid: Number(pid), fd, target }
    }
}

export const programOf = (pid: number): string | undefined => readText(`/proc/${String(pid)}/comm`)?.trim()

export function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
