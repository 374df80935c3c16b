/** A bootable ISO that ends in GRUB's prompt: the smallest real CD there is, for trying out machines that boot from one. */
import { execFile } from 'node:child_process'
import { access, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { WeftError } from '../core/errors.ts'
import { downloadPackage, unpackPackage } from './debian-package.ts'

/** In Debian's package grub-rescue-pc. */
const RESCUE_CD = 'usr/lib/grub-rescue/grub-rescue-cdrom.iso'

/** Path of the ISO in the directory; made there when it is not there yet. */
export async function prepareRescueIso(directory: string): Promise<string> {
  const iso = join(directory, 'rescue.iso')
  if (await exists(iso)) return iso
  await mkdir(directory, { recursive: true })
  const work = await mkdtemp(join(tmpdir(), 'weft-iso-'))
  try {
    const source = (await findRescueCd(work)) ?? (await makeRescueCd(work))
    if (source === undefined) throw noIso()
    await copyFile(source, `${iso}.new`)
    await rename(`${iso}.new`, iso)
    return iso
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function findRescueCd(work: string): Promise<string | undefined> {
  if (await exists(`/${RESCUE_CD}`)) return `/${RESCUE_CD}`
  const archive = await downloadPackage('grub-rescue-pc', work)
  if (archive === undefined) return undefined
  await unpackPackage(archive, work)
  return join(work, RESCUE_CD)
}

/** grub-mkrescue with grub-pc-bin and xorriso makes much the same. */
async function makeRescueCd(work: string): Promise<string | undefined> {
  const tree = join(work, 'tree/boot/grub')
  await mkdir(tree, { recursive: true })
  await writeFile(join(tree, 'grub.cfg'), 'echo weft rescue CD\n')
  const iso = join(work, 'made.iso')
  try {
    await promisify(execFile)('grub-mkrescue', ['-o', iso, join(work, 'tree')])
    return iso
  } catch {
    return undefined
  }
}

function noIso(): WeftError {
  return new WeftError('missing-program', 'there is no bootable ISO here', {
    hint: 'apt-get install grub-rescue-pc',
  })
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
