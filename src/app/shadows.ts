/** Tells, as conditions, whose addresses somebody else on this host has taken meanwhile. */
import { namesSubnetOf, shadowSentences, withoutOwn } from '../core/network/addresses/shadows.ts'
import { otherLiveNetworks, lookAtNetworks } from './live-network.ts'
import type { App } from './ports.ts'

export async function reportShadows(app: App): Promise<void> {
  const seen = await lookAtNetworks(app)
  const others = withoutOwn(seen)
  const shadows = otherLiveNetworks(app, seen, '').flatMap((live) =>
    shadowSentences(live, others).map((message) => ({ network: live.name, message })),
  )
  app.conditions.report('shadowed', shadows)
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
