/**
 * The kernel and initramfs of the first machine, made of what the distribution has: its kernel, the few modules a virtual machine
 * needs, and busybox. Nothing is shipped with weft. Made once, then kept.
 */
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { WeftError } from '../core/errors.ts'
import type { Paths } from '../core/host/paths.ts'
import { formatCpio, type CpioEntry } from './cpio.ts'
import { guestFiles } from './guest-files.ts'
import { findGuestKernel, type GuestKernel } from './guest-kernel.ts'
import { collectModules } from './kernel-modules.ts'
import { findProgram } from './packages.ts'

/** Absolute paths, readable by anybody: QEMU opens them as its own user. */
export interface GuestImage {
  readonly kernel: string
  readonly initrd: string
  /** Kernel arguments; `hostNameArgument` adds the guest's name. */
  readonly append: string
}

/** What the guest needs: its NIC, its disks and CDs, randomness, and ears for its power button. */
const MODULES = [
  'virtio_pci',
  'virtio_net',
  'virtio_blk',
  'virtio_rng',
  'af_packet',
  'isofs',
  'button',
  'evdev',
]
/** On a busy host an emulated timer may be late when the kernel looks whether it works, and it panics. */
const APPEND = 'console=ttyS0 quiet no_timer_check'
/** Files made by another version of this code are made again. */
const VERSION = '2'

export const hostNameArgument = (name: string): string => `weft.hostname=${name}`

const imageDirectory = (paths: Paths): string => `${paths.lib}/guest-image`

export function prepareGuestImage(paths: Paths): Promise<GuestImage> {
  return buildGuestImage(imageDirectory(paths))
}

export async function removeGuestImage(paths: Paths): Promise<void> {
  await rm(imageDirectory(paths), { recursive: true, force: true })
}

/** Makes the image in the directory, or finds it there. */
export async function buildGuestImage(directory: string): Promise<GuestImage> {
  const image = { kernel: join(directory, 'vmlinuz'), initrd: join(directory, 'initrd.gz'), append: APPEND }
  const stamp = join(directory, 'version')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === VERSION) return image
  await mkdir(directory, { recursive: true })
  // Somebody else may be making it at the same time.
  const scratch = await mkdtemp(join(directory, 'making-'))
  const fresh = { kernel: join(scratch, 'vmlinuz'), initrd: join(scratch, 'initrd.gz') }
  const kernel = await findGuestKernel(join(scratch, 'packages'))
  await copyFile(kernel.image, fresh.kernel)
  await chmod(fresh.kernel, 0o644)
  await rename(fresh.kernel, image.kernel)
  await writeFile(fresh.initrd, await packInitramfs(kernel), { mode: 0o644 })
  await rename(fresh.initrd, image.initrd)
  await rm(scratch, { recursive: true, force: true })
  await writeFile(stamp, VERSION)
  return image
}

async function packInitramfs(kernel: GuestKernel): Promise<Buffer> {
  const busybox = await readBusybox()
  const modules = await collectModules(kernel.modules, MODULES)
  const entries: CpioEntry[] = [
    ...guestFiles(modules.map((module) => `${module.name}.ko`)),
    { path: 'bin/busybox', mode: 0o100755, content: busybox },
    ...modules.map(({ name, content }) => ({ path: `modules/${name}.ko`, mode: 0o100644, content })),
  ]
  return promisify(gzip)(formatCpio(entries))
}

/** Only the static one runs without any library beside it. */
async function readBusybox(): Promise<Buffer> {
  const path = findProgram('busybox')
  const found = path === undefined ? undefined : await stat(path)
  if (path === undefined || found === undefined) throw missingBusybox()
  const program = await readFile(path)
  if (wantsInterpreter(program)) throw missingBusybox()
  return program
}

/** A dynamic program's ELF header lists a segment of type PT_INTERP. */
function wantsInterpreter(elf: Buffer): boolean {
  const from = Number(elf.readBigUInt64LE(32))
  const size = elf.readUInt16LE(54)
  const types = Array.from({ length: elf.readUInt16LE(56) }, (_, i) => elf.readUInt32LE(from + i * size))
  return types.includes(3)
}

function missingBusybox(): WeftError {
  return new WeftError('missing-program', "the first machine needs a static 'busybox'", {
    hint: 'apt-get install busybox-static',
  })
}
