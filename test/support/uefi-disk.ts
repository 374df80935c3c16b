/** A disk that UEFI firmware boots by itself: one program at the place for removable media, which is kernel, initrd and arguments in one. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuestImage } from '../../src/setup/guest-image.ts'

/** What systemd's stub (package systemd-boot-efi) looks for, with places that leave room for a kernel of 32 MiB: the firmware needs memory for all that lies between. */
const STUB = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub'
const PLACES = { '.cmdline': 0x30000, '.linux': 0x2000000, '.initrd': 0x4000000 }

/** A qcow2 of one FAT partition. The program is signed by nobody. */
export async function makeUefiDisk(image: GuestImage, scratch: string, file: string): Promise<void> {
  const boot = join(scratch, 'esp/EFI/BOOT')
  mkdirSync(boot, { recursive: true })
  const arguments_ = join(scratch, 'cmdline')
  await writeFile(arguments_, image.append)
  const parts = { '.cmdline': arguments_, '.linux': image.kernel, '.initrd': image.initrd }
  const words = Object.entries(PLACES).flatMap(([name, place]) => [
    '--add-section',
    `${name}=${parts[name as keyof typeof parts]}`,
    '--change-section-vma',
    `${name}=${String(place)}`,
  ])
  execFileSync('objcopy', [...words, STUB, join(boot, 'BOOTX64.EFI')])
  // QEMU itself shows a directory as a disk with a FAT partition.
  execFileSync('qemu-img', ['convert', '-O', 'qcow2', `fat:16:${join(scratch, 'esp')}`, file])
  // QEMU's user writes to it.
  chmodSync(file, 0o666)
}
