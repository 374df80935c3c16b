/** Finding networks by name, and refusing names that nobody has. */
import { WeftError } from '../core/errors.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { NetworkSpec, StoredNetwork } from '../core/network/spec.ts'
import { otherLiveNetworks } from './live-network.ts'
import type { App } from './ports.ts'

/** Changes to the host's links, firewall and ports queue behind each other: their plans touch the same things. */
export const HOST_QUEUE = 'host'

export function getNetwork(app: App, name: string): StoredNetwork {
  const stored = app.networks.find(name)
  if (stored === undefined) throw unknownNetwork(app, name)
  return stored
}

export function unknownNetwork(app: App, name: string): WeftError {
  const names = app.networks.list().map((each) => each.spec.name)
  return new WeftError('not-found', `there is no network named '${name}'`, {
    hint: names.length === 0 ? 'weft net define FILE' : `weft net list (it shows ${someOf(names)})`,
  })
}

/** `default, lab and 4 more`: enough to see what was meant. */
export function someOf(names: readonly string[]): string {
  const more = names.length - SHOWN_NAMES
  if (more > 0) return `${names.slice(0, SHOWN_NAMES).join(', ')} and ${String(more)} more`
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

const SHOWN_NAMES = 5

/** Everything a new definition must not collide with: what is defined, and what runs without being defined. */
export function knownNetworks(app: App, seen: SeenHost): NetworkSpec[] {
  const stored = app.networks.list().map((each) => each.spec)
  const names = new Set(stored.map((spec) => spec.name))
  return [...stored, ...otherLiveNetworks(app, seen, '').filter((live) => !names.has(live.name))]
}
