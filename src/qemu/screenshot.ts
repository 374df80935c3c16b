/** A picture of a guest's screen: QEMU writes it to its run directory, from where it is taken. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { QmpClient } from './qmp.ts'

let taken = 0

/** Whole when QEMU has answered. Several may be taken at once. */
export async function takeScreenshot(
  monitor: QmpClient,
  directory: string,
  format: 'png' | 'ppm',
): Promise<Uint8Array> {
  const filename = join(directory, `screen${String(++taken)}.${format}`)
  try {
    await monitor.command('screendump', { filename, format })
    return await readFile(filename)
  } finally {
    await rm(filename, { force: true })
  }
}
