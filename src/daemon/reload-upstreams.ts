/** Tells every dnsmasq of weft's that the host's name servers have changed. */
import type { App } from '../app/ports.ts'
import { activeNetworks } from '../core/network/seen.ts'
import { dnsmasqFiles } from '../core/host/paths.ts'

export async function reloadUpstreams(app: App): Promise<void> {
  const seen = await app.host.look([])
  for (const name of activeNetworks(seen)) {
    const { pid, conf } = dnsmasqFiles(app.facts.paths, name)
    await app.host.perform({ kind: 'signal', pidFile: pid, match: conf, signal: 'HUP', waitMs: 0 })
  }
}
