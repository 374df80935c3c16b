/** Running networks: what each was started with, as its run directory tells. */
import type { SeenLink } from '../core/host/link.ts'
import { borrowedMark, networkRunDirectory } from '../core/host/paths.ts'
import { upToDate } from '../core/network/migrate.ts'
import { activeNetworks, bridgeOf, type SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec } from '../core/network/spec.ts'
import type { App } from './ports.ts'
import { publishedNetworks, publishedPorts } from './published.ts'

/**
 * A look at the host with the files of the networks named; what the other running networks run with is known too afterwards. Where a machine
 * has ports published, what its NIC keeps is read as well: whoever plans the firewall needs all of it.
 */
export async function lookAtNetworks(app: App, names: readonly string[] = []): Promise<SeenHost> {
  const published = publishedNetworks(app)
  const seen = await app.host.look(published.length === 0 ? names : [...new Set([...names, ...published])])
  for (const name of activeNetworks(seen)) {
    if (knownLive(app, seen, name) !== undefined) continue
    const text = seen.files.get(livePath(app, name)) ?? (await app.host.readTextFile(livePath(app, name)))
    if (text !== undefined) remember(app, seen, name, text)
  }
  return published.length === 0 ? seen : { ...seen, published: publishedPorts(app, seen) }
}

/** The definition a running network was started with; the stored one may have been changed since. */
export function liveNetwork(app: App, seen: SeenHost, name: string): NetworkSpec | undefined {
  const known = knownLive(app, seen, name)
  if (known !== undefined) return known
  const text = seen.files.get(livePath(app, name))
  return text === undefined ? app.networks.find(name)?.spec : remember(app, seen, name, text)
}

/** What it runs with, without a look at the host where that is known; undefined when it does not run. */
export async function runningWith(app: App, name: string): Promise<NetworkSpec | undefined> {
  const links = await app.host.links()
  if (!isRunning(app, links, name)) return undefined
  return knownLive(app, { links }, name) ?? liveNetwork(app, await lookAtNetworks(app, [name]), name)
}

/** `isActive`, with a look for this one's mark alone. */
export function isRunning(app: App, links: readonly SeenLink[], name: string): boolean {
  return bridgeOf({ links }, name) !== undefined || app.host.isThere(borrowedMark(app.facts.paths, name))
}

/** Meant to run, and without a bridge or a mark: somebody took it away. `active` are those that have theirs. */
export function missingNetworks(app: App, active: readonly string[]): Promise<string[]> {
  const running = new Set(active)
  return meantToRun(
    app,
    app.host.started().filter((name) => !running.has(name)),
  )
}

/** Not those that a script is just stopping: that begins with the definition they run with. */
export async function meantToRun(app: App, names: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(names.map((name) => app.host.readTextFile(livePath(app, name))))
  return names.filter((_name, position) => texts[position] !== undefined)
}

/** It has stopped, whoever stopped it. */
export function forgetLive(app: App, name: string): void {
  app.liveNetworks.delete(name)
  app.repairs.forget(name)
}

export function isMeantToRun(app: App, seen: SeenHost, name: string): boolean {
  return seen.files.has(livePath(app, name))
}

export function otherLiveNetworks(app: App, seen: SeenHost, name: string): NetworkSpec[] {
  return activeNetworks(seen).flatMap((other) => {
    const live = other === name ? undefined : liveNetwork(app, seen, other)
    return live === undefined ? [] : [live]
  })
}

/** Read once in a bridge's life: another bridge has another index. */
function knownLive(app: App, seen: Pick<SeenHost, 'links'>, name: string): NetworkSpec | undefined {
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
