/** How much memory a guest has at the moment: what its balloon has left it, and what it has taken from its memory device. */
import { setTimeout as sleep } from 'node:timers/promises'
import { MEMORY_DEVICE } from '../core/vm/qemu-size.ts'
import type { QmpClient } from './qmp.ts'

const MIB = 2 ** 20
const PAUSE_MS = 50

/** MiB, as soon as it is as much as that, or at the limit; undefined when the machine has gone meanwhile. */
export async function settledMemory(
  monitor: QmpClient,
  wantedMiB: number,
  limitMs: number,
): Promise<number | undefined> {
  const limit = performance.now() + limitMs
  try {
    for (;;) {
      const seenMiB = await askMemory(monitor)
      if (seenMiB === wantedMiB || performance.now() > limit) return seenMiB
      await sleep(PAUSE_MS)
    }
  } catch {
    return undefined
  }
}

async function askMemory(monitor: QmpClient): Promise<number> {
  const { actual } = (await monitor.command('query-balloon')) as { actual: number }
  const devices = (await monitor.command('query-memory-devices')) as readonly MemoryDevice[]
  const plugged = devices.find(({ data }) => data.id === MEMORY_DEVICE)?.data.size ?? 0
  return Math.round((actual + plugged) / MIB)
}

interface MemoryDevice {
  readonly data: { readonly id?: string; readonly size?: number }
}
