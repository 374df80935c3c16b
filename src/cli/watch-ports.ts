/** `weft port list --watch`. */
import type { PortDetailView } from '../api/views.ts'
import type { Door } from './declare.ts'
import { formatRates, ratePorts } from './views/traffic.ts'
import { watch } from './watch.ts'

interface WatchOptions {
  readonly everyMs: number
  readonly hasNetwork: boolean
}

export async function watchPorts(
  door: Door,
  look: () => Promise<readonly PortDetailView[]>,
  { everyMs, hasNetwork }: WatchOptions,
): Promise<void> {
  let before: readonly PortDetailView[] = []
  const see = async () => {
    const ports = await look()
    const rated = ratePorts(before, ports)
    before = ports
    const table = formatRates(rated, hasNetwork, { width: process.stdout.columns || undefined })
    return { value: { at: new Date().toISOString(), ports: rated }, text: table }
  }
  await watch(door, see, { everyMs })
}
