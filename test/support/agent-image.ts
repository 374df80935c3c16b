/** The guest image with the distribution's guest agent in it: a second archive behind the first, which the kernel unpacks over it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { directory, formatCpio, type CpioEntry } from '../../src/setup/cpio.ts'
import type { GuestImage } from '../../src/setup/guest-image.ts'
import { findGuestKernel } from '../../src/setup/guest-kernel.ts'
import { collectModules } from '../../src/setup/kernel-modules.ts'
import { packPrograms } from './tool-guest.ts'

/** What is typed in the guest to have an agent. */
export const START_AGENT =
  'insmod /modules/virtio_console.ko; port=$(ls /sys/class/virtio-ports); mkdir -p /var/run; /programs/qemu-ga -p /dev/$port -t /tmp -l /tmp/agent.log -d -f /tmp/agent.pid'

export async function withAgent(image: GuestImage, scratch: string): Promise<GuestImage> {
  const kernel = await findGuestKernel(join(scratch, 'kernel'))
  const modules = await collectModules(kernel.modules, ['virtio_console', 'virtio_balloon'])
  const entries: CpioEntry[] = [
    ...['modules', 'programs', 'var'].map(directory),
    ...modules.map(({ name, content }) => ({ path: `modules/${name}.ko`, mode: 0o100644, content })),
    ...packPrograms(['qemu-ga']),
  ]
  const initrd = join(scratch, 'initrd-agent.gz')
  writeFileSync(
    initrd,
    Buffer.concat([readFileSync(image.initrd), await promisify(gzip)(formatCpio(entries))]),
    { mode: 0o644 },
  )
  return { ...image, initrd }
}
