/** A disk that boots into nothing: its guest tells on it that it is there, and does no more, so that what is measured are the daemons. */
import { closeSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { until } from './world.ts'

const SECTOR = 512
/** One MiB: a disk's least size for every firmware. */
const SIZE = 2 ** 20
const LIMIT_MS = 120_000

/**
 * The boot sector: int 13h writes itself, from 0:7c00, to the second sector of the disk it came from; then cli, hlt.
 *
 *     xor ax,ax; mov es,ax; mov ax,0301h; mov bx,7c00h; mov cx,0002h; mov dh,0; int 13h; cli; hlt; jmp $-1
 */
const CODE = Buffer.from('31c08ec0b80103bb007cb90200b600cd13faf4ebfd', 'hex')
const BOOT_SECTOR = Buffer.concat([CODE, Buffer.alloc(SECTOR - 2 - CODE.length), Buffer.from([0x55, 0xaa])])

export function writeBootDisk(path: string): void {
  writeFileSync(path, BOOT_SECTOR)
  truncateSync(path, SIZE)
}

/** Resolves when the guests of all these disks have booted; afterwards the disks are as before. */
export async function untilBooted(paths: readonly string[]): Promise<void> {
  for (const path of paths) await until(`the guest of ${path}`, () => hasBooted(path), LIMIT_MS)
  for (const path of paths) forgetBoot(path)
}

function hasBooted(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const first = Buffer.alloc(1)
    readSync(file, first, 0, 1, SECTOR)
    return first[0] === CODE[0]
  } finally {
    closeSync(file)
  }
}

function forgetBoot(path: string): void {
  const file = openSync(path, 'r+')
  try {
    writeSync(file, Buffer.alloc(SECTOR), 0, SECTOR, SECTOR)
  } finally {
    closeSync(file)
  }
}
