/** The host itself. */
import type { HostLinkView } from '../../api/host-views.ts'
import { listHostLinks, type ExplainedLink } from '../../app/host-links.ts'
import type { Handlers } from '../handler.ts'

export const hostHandlers = {
  listHostLinks: async ({ app }) => (await listHostLinks(app)).map(linkView),
} satisfies Handlers<'listHostLinks'>

function linkView({ detail: { link, isWayOut }, story }: ExplainedLink): HostLinkView {
  return {
    name: link.name,
    ...story,
    isUp: link.isUp,
    hasCarrier: link.hasCarrier,
    isWayOut: isWayOut === true,
    mac: link.mac ?? null,
    mtu: link.mtu,
    master: link.master ?? null,
    addresses: [...link.ipv4, ...link.ipv6].map(({ address, prefix }) => `${address}/${String(prefix)}`),
  }
}
