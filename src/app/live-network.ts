/** Running networks: what each was started with, as its run directory tells. */
import { networkRunDirectory } from '../core/host/paths.ts'
import { upToDate } from '../core/network/migrate.ts'
import { activeNetworks, bridgeOf, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { App } from './ports.ts'

/** A look at the host with the files of the networks named; what the other running networks run with is known too afterwards. */
export async function lookAtNetworks(app: App, names: readonly string[] = []): Promise<SeenHost> {
  const seen = await app.host.look(names)
  for (const name of activeNetworks(seen)) {
    if (knownLive(app, seen, name) !== undefined) continue
    const text = seen.files.get(livePath(app, name)) ?? (await app.host.readTextFile(livePath(app, name)))
    if (text !== undefined) remember(app, seen, name, text)
  }
  return seen
}

/** The definition a running network was started with; the stored one may have been changed since. */
export function liveNetwork(app: App, seen: SeenHost, name: string): NetworkSpec | undefined {
  const known = knownLive(app, seen, name)
  if (known !== undefined) return known
  const text = seen.files.get(livePath(app, name))
  return text === undefined ? app.networks.find(name)?.spec : remember(app, seen, name, text)
}

export function otherLiveNetworks(app: App, seen: SeenHost, name: string): NetworkSpec[] {
  return activeNetworks(seen).flatMap((other) => {
    const live = other === name ? undefined : liveNetwork(app, seen, other)
    return live === undefined ? [] : [live]
  })
}

/** Read once in a bridge's life: another bridge has another index. */
function knownLive(app: App, seen: SeenHost, name: string): NetworkSpec | undefined {
  const known = app.liveNetworks.get(name)
  return known !== undefined && known.bridgeIndex === bridgeOf(seen, name)?.index ? known.spec : undefined
}

function remember(app: App, seen: SeenHost, name: string, text: string): NetworkSpec {
  const spec = upToDate(JSON.parse(text)) as NetworkSpec
  const bridgeIndex = bridgeOf(seen, name)?.index
  if (bridgeIndex !== undefined) app.liveNetworks.set(name, { bridgeIndex, spec })
  return spec
}

function livePath(app: App, name: string): string {
  return `${networkRunDirectory(app.facts.paths, name)}/live.json`
}
