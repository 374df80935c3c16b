/** The guest image with more of its kernel's modules: a second archive behind the first, which the kernel unpacks over it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { directory, formatCpio, type CpioEntry } from '../../src/setup/cpio.ts'
import type { GuestImage } from '../../src/setup/guest-image.ts'
import { findGuestKernel } from '../../src/setup/guest-kernel.ts'
import { collectModules } from '../../src/setup/kernel-modules.ts'

export interface ModuleImage extends GuestImage {
  /** What is typed in the guest to have the modules. */
  readonly insert: string
}

export async function withModules(
  image: GuestImage,
  scratch: string,
  wanted: readonly string[],
): Promise<ModuleImage> {
  const kernel = await findGuestKernel(join(scratch, 'kernel'))
  const modules = await collectModules(kernel.modules, wanted)
  const entries: CpioEntry[] = [
    directory('more'),
    ...modules.map(({ name, content }) => ({ path: `more/${name}.ko`, mode: 0o100644, content })),
  ]
  const initrd = join(scratch, 'initrd-modules.gz')
  const more = await promisify(gzip)(formatCpio(entries))
  writeFileSync(initrd, Buffer.concat([readFileSync(image.initrd), more]), { mode: 0o644 })
  const insert = modules.map(({ name }) => `insmod /more/${name}.ko 2>/dev/null`).join('; ')
  return { ...image, initrd, insert }
}
