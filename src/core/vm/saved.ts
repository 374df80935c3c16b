/** A machine whose memory lies in a file: what is kept of it, and where. */
import { saveDirectory, type Paths } from '../host/paths.ts'
import type { LiveVm } from './context.ts'
import type { VmState } from './lifecycle.ts'

/** As long as there is a record the machine is saved, and its QEMU is over. */
export interface SavedVm {
  readonly name: string
  /** RFC 3339. */
  readonly at: string
  /** How it was, and is again after a restore. */
  readonly state: Extract<VmState, 'running' | 'paused'>
  /** What it ran with: its definition may be changed meanwhile. */
  readonly live: LiveVm
  /** The machine as QEMU has it, with all versions: `q35` is another one after an upgrade. */
  readonly machineType: string
  /** Of the memory in its file; absent: what a save calls it. */
  readonly tag?: string
}

export interface SaveFiles {
  /** A qcow2 image that has nothing but one snapshot, which is the memory. QEMU's user's. */
  readonly memory: string
  /** What the files that the machine writes to were like: a line each, `device:inode size seconds path`. */
  readonly disks: string
}

export function saveFiles(paths: Paths, name: string): SaveFiles {
  const base = `${saveDirectory(paths)}/${name}`
  return { memory: `${base}.memory`, disks: `${base}.disks` }
}

export interface DiskStamp {
  readonly path: string
  readonly identity: string
  readonly size: number
  readonly modifiedMs: number
}

/** What `stampArgs` has written; lines that are something else are left out. */
export function parseStamps(text: string): DiskStamp[] {
  return [...text.matchAll(/^(\d+:\d+) (\d+) ([\d.]+) (\/.*)$/gm)].map(
    ([, identity = '', size = '', seconds = '', path = '']) => ({
      path,
      identity,
      size: Number(size),
      modifiedMs: Number(seconds) * 1000,
    }),
  )
}

/** The other half of `parseStamps`, for sh: the file to write, then those to look at. */
export const STAMP_SCRIPT =
  'umask 077; : >"$1" && file=$1 && shift && { [ $# -eq 0 ] || stat -L -c "%d:%i %s %.3Y %n" -- "$@" >"$file"; }'
