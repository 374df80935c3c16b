/** Every interface of this host, explained. */
import { explainLink, type LinkStory } from '../core/host/explain-link.ts'
import type { LinkDetail } from '../core/host/link-detail.ts'
import { waysOut } from '../core/network/mtu.ts'
import type { App } from './ports.ts'

export interface ExplainedLink {
  readonly detail: LinkDetail
  readonly story: LinkStory
}

export async function listHostLinks(app: App): Promise<ExplainedLink[]> {
  const all = await lookAtLinks(app)
  return all.map((detail) => ({ detail, story: explainLink(detail, all) }))
}

export async function lookAtLinks(app: App, look = app.host.look([])): Promise<LinkDetail[]> {
  const [found, seen] = await Promise.all([app.host.linkDetails(), look])
  const ways = waysOut(seen)
  return found.map((each) => (ways.has(each.link.name) ? { ...each, isWayOut: true } : each))
}
