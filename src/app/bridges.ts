/** What `brctl show` was for: every bridge of the host, what is plugged into it, and whose that is. */
import type { SeenLink } from '../core/host/link.ts'
import { describeOwner } from '../core/host/mark.ts'
import type { App } from './ports.ts'

export interface BridgeState {
  readonly link: SeenLink
  readonly owner: string
  readonly ports: readonly { readonly link: SeenLink; readonly owner: string }[]
}

export async function listBridges(app: App): Promise<BridgeState[]> {
  const links = await app.host.links()
  return links
    .filter((link) => link.kind === 'bridge')
    .map((link) => ({
      link,
      owner: describeOwner(link.alias),
      ports: links
        .filter((port) => port.master === link.name)
        .map((port) => ({ link: port, owner: describeOwner(port.alias) })),
    }))
}
