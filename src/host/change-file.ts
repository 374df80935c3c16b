/** Files replaced as a whole, directories, and settings of the kernel that are files. */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { WeftError } from '../core/errors.ts'
import type { MakeDirectoryAction, WriteAction } from '../core/plan/action.ts'

/** A new file beside the old one, then over it: whoever reads finds the one or the other. */
export async function writeFileAtomically(action: WriteAction, isLasting: boolean): Promise<void> {
  refuseWhenChanged(action)
  const fresh = freshPath(action.path)
  try {
    const file = fs.openSync(fresh, 'w', 0o600)
    try {
      fs.writeFileSync(file, action.content)
      fs.fchmodSync(file, action.mode)
      if (action.owner !== undefined) fs.fchownSync(file, action.owner.uid, action.owner.gid)
      if (isLasting) await syncFile(file)
    } finally {
      fs.closeSync(file)
    }
    fs.renameSync(fresh, action.path)
  } catch (error) {
    fs.rmSync(fresh, { force: true })
    throw error
  }
  if (isLasting) await syncDirectory(dirname(action.path))
}

/** Somebody was faster: what they wrote is not to be lost. */
function refuseWhenChanged({ path, replaces }: WriteAction): void {
  if (replaces === undefined || fs.readFileSync(path, 'utf8') === replaces) return
  throw new WeftError('conflict', `'${path}' has been changed by somebody else meanwhile`)
}

/** With what an interrupted write may have left beside it. */
export async function removePath(path: string, isLasting: boolean): Promise<void> {
  fs.rmSync(path, { recursive: true, force: true })
  fs.rmSync(freshPath(path), { force: true })
  if (isLasting) await syncDirectory(dirname(path)).catch(() => undefined)
}

/** The mode is set also when it was there; parents get the usual one. */
export function makeDirectory(action: MakeDirectoryAction): void {
  fs.mkdirSync(action.path, { recursive: true })
  fs.chmodSync(action.path, action.mode)
  if (action.owner !== undefined) fs.chownSync(action.path, action.owner.uid, action.owner.gid)
}

/** Written in place: the kernel reads each write as a whole value. */
export function writeKernelSetting(path: string, value: string): void {
  const file = fs.openSync(path, fs.constants.O_WRONLY)
  try {
    fs.writeSync(file, `${value}\n`)
  } finally {
    fs.closeSync(file)
  }
}

/** The same name as in the rendered script. */
function freshPath(path: string): string {
  return `${path}.new`
}

function syncFile(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(file, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
}

async function syncDirectory(path: string): Promise<void> {
  const directory = fs.openSync(path, 'r')
  try {
    await syncFile(directory)
  } finally {
    fs.closeSync(directory)
  }
}
