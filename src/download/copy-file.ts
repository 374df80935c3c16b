/** A file of this host as a file of weft's own: copied, or shared where the filesystem can, then read once for its digest. */
import { constants, type Stats } from 'node:fs'
import { chmod, chown, copyFile, open, rm, stat } from 'node:fs/promises'
import type { CopyOrder, HereFile } from '../app/image-ports.ts'
import { WeftError } from '../core/errors.ts'
import type { Owner } from '../core/plan/action.ts'
import { contentOf } from './content.ts'
import { digestFile, digesting, refuseWrong } from './digest.ts'
import { refuseWithoutSpace, spaceError } from './space.ts'

/** What is copied is what is looked at: the file may change meanwhile. */
export async function copyImage(order: CopyOrder, part: string, owner: Owner): Promise<HereFile> {
  const { size } = await statFile(order.path)
  await refuseWithoutSpace(part, size)
  try {
    await copyFile(order.path, part, constants.COPYFILE_FICLONE)
    const file = await describe(part, order)
    await seal(part, owner)
    return file
  } catch (error) {
    await rm(part, { force: true })
    throw spaceError(error, part)
  }
}

export async function examineImage(order: CopyOrder): Promise<HereFile> {
  await statFile(order.path)
  return describe(order.path, order)
}

/** Whole, on the disk, and nobody's to write; QEMU's group may read it. */
export async function seal(path: string, owner: Owner): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await chown(path, 0, owner.gid)
  await chmod(path, 0o440)
}

async function describe(path: string, { path: named, expected }: CopyOrder): Promise<HereFile> {
  const digest = digesting(expected)
  const bytes = await digestFile(path, digest)
  const digests = digest.end()
  refuseWrong(digests, expected, `'${named}'`, 'invalid-argument')
  return { path, digest: digests.sha256, bytes, content: await contentOf(path) }
}

async function statFile(path: string): Promise<Stats> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() === true) return found
  const message = found === undefined ? `there is no file '${path}'` : `'${path}' is no file`
  throw new WeftError(found === undefined ? 'not-found' : 'invalid-argument', message, {
    hint: `ls -l ${path}`,
  })
}
