/** Tells, as conditions, whose addresses somebody else on this host has taken meanwhile. */
import { namesSubnetOf, shadowSentences, withoutOwn } from '../core/network/addresses/shadows.ts'
import { isActive } from '../core/network/seen.ts'
import { liveNetwork, lookAtNetworks, otherLiveNetworks } from './live-network.ts'
import type { App } from './ports.ts'

/** `names` are the networks of which something was heard; what is known of the others stands. Without, all are looked at. */
export async function reportShadows(app: App, names?: ReadonlySet<string>): Promise<void> {
  const seen = await lookAtNetworks(app)
  const others = withoutOwn(seen)
  const lives =
    names === undefined
      ? otherLiveNetworks(app, seen, '')
      : [...names].flatMap((name) => (isActive(seen, name) ? (liveNetwork(app, seen, name) ?? []) : []))
  const found = lives.flatMap((live) =>
    shadowSentences(live, others).map((message) => ({ network: live.name, message })),
  )
  const known = app.conditions
    .list()
    .filter(({ kind, network }) => kind === 'shadowed' && names?.has(network ?? '') === false)
  app.conditions.report('shadowed', [...known, ...found])
}

/**
 * Whether a line of `ip monitor` can have made or ended a shadow, from memory alone: a router hears of thousands of routes. When a link
 * goes the kernel does not tell of its routes.
 */
export function mayShadow(app: App, line: string): boolean {
  return isShadowed(app) || namesSubnetOf(line, app.liveNetworks.values())
}

function isShadowed(app: App): boolean {
  return app.conditions.list().some(({ kind }) => kind === 'shadowed')
}
