/** Published ports over HTTP. */
import type { PublishedView } from '../../api/publish-contract.ts'
import { listPublished, publish, unpublish, type PublishedState } from '../../app/publish.ts'
import { changeView } from '../handler.ts'
import type { Handlers } from '../handler.ts'

export const publishHandlers = {
  listPublished: async ({ app, query }) => (await listPublished(app, query.vm)).map(publishedView),
  publish: ({ app, params, body, request }) => changeView(publish(app, params.name, body, request)),
  unpublish: ({ app, params, query, request }) => {
    const ports = (query.ports ?? '').split(' ').filter((port) => port !== '')
    return changeView(unpublish(app, params.name, ports, request))
  },
} as const satisfies Handlers<'listPublished' | 'publish' | 'unpublish'>

function publishedView({ machine, word, isActive, ...port }: PublishedState): PublishedView {
  return {
    vm: machine,
    network: port.network,
    active: isActive,
    published: word,
    protocol: port.protocol,
    port: port.port,
    guestPort: port.guestPort,
    count: port.count,
    address: port.address ?? null,
    from: port.from ?? null,
    ip: port.ip ?? null,
    ip6: port.ip6 ?? null,
  }
}
