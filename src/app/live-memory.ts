/** What has become of memory that a guest was given, or asked for: it takes its time, and needs drivers for it. */
import type { LiveVm } from '../core/vm/context.ts'
import type { App } from './ports.ts'

/** A guest that has the driver answers at once; a busy one looks for pages to give back. */
const LIMIT_MS = 3000

/** Empty when the guest has what it shall have. */
export async function memoryNotes(app: App, { spec, boot }: LiveVm): Promise<string[]> {
  const seenMiB = await app.machines.memoryMiB(spec.name, spec.memoryMiB, LIMIT_MS)
  if (seenMiB === undefined || seenMiB === spec.memoryMiB) return []
  const driver = spec.memoryMiB > (boot ?? spec).memoryMiB ? 'virtio-mem' : 'virtio-balloon'
  return [`the guest has ${String(seenMiB)} MiB so far: it may need more time, or have no driver (${driver})`]
}
