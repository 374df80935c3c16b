/** Running networks: what each was started with, and what is plugged into it, as its run directory tells. */
import { networkRunDirectory } from '../core/host/paths.ts'
import { activeNetworks, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { App } from './ports.ts'

/** A look at the host that includes the files of every running network and of those named. */
export async function lookAtNetworks(app: App, names: readonly string[] = []): Promise<SeenHost> {
  const first = await app.host.look(names)
  const others = activeNetworks(first).filter((name) => !names.includes(name))
  return others.length === 0 ? first : app.host.look([...names, ...others])
}

/** The definition a running network was started with; the stored one may have been changed since. */
export function liveNetwork(app: App, seen: SeenHost, name: string): NetworkSpec | undefined {
  const text = seen.files.get(`${networkRunDirectory(app.facts.paths, name)}/live.json`)
  if (text !== undefined) return JSON.parse(text) as NetworkSpec
  return app.networks.find(name)?.spec
}

export function otherLiveNetworks(app: App, seen: SeenHost, name: string): NetworkSpec[] {
  return activeNetworks(seen).flatMap((other) => {
    const live = other === name ? undefined : liveNetwork(app, seen, other)
    return live === undefined ? [] : [live]
  })
}
