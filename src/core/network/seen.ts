/** The host as the kernel, the process table and the generated files show it: the `seen` of every network planner. */
import type { InterfaceName } from '../address/interface-name.ts'
import type { Ipv4Cidr } from '../address/ipv4.ts'
import type { SeenLink } from '../host/link.ts'

export interface SeenHost {
  readonly links: readonly SeenLink[]
  /** IPv4, every table. */
  readonly routes: readonly SeenRoute[]
  readonly ipForward: boolean
  /** The value ip_forward had before weft turned it on, as noted in the run directory; undefined when weft did not. */
  readonly ipForwardBefore: string | undefined
  /** `nft list table inet weft`, undefined when there is no such table. */
  readonly firewall: string | undefined
  /** Generated files of the networks asked for, by absolute path; a file that is not there is not in the map. */
  readonly files: ReadonlyMap<string, string>
  /** Networks asked for whose dnsmasq runs (pid file, live process, our command line). */
  readonly dnsmasqRunning: ReadonlySet<string>
}

export interface SeenRoute {
  /** `default` is 0.0.0.0/0. */
  readonly destination: Ipv4Cidr
  readonly device: InterfaceName | undefined
  readonly table: string
}

/** The mark on a network's bridge: by it weft knows its own. */
export const networkAlias = (name: string): string => `weft:network:${name}`

/** By alias, found once a look: hundreds of networks ask for theirs. */
const bridges = new WeakMap<readonly SeenLink[], ReadonlyMap<string | undefined, SeenLink>>()

export function bridgeOf(seen: Pick<SeenHost, 'links'>, networkName: string): SeenLink | undefined {
  const known =
    bridges.get(seen.links) ??
    // Of two with one mark the first counts.
    new Map(
      seen.links
        .filter(({ kind }) => kind === 'bridge')
        .toReversed()
        .map((link) => [link.alias, link]),
    )
  bridges.set(seen.links, known)
  return known.get(networkAlias(networkName))
}

/** Names of the networks that run: intent is stored, state is what the kernel shows. */
export function activeNetworks(seen: Pick<SeenHost, 'links'>): string[] {
  return seen.links.flatMap((link) =>
    link.kind === 'bridge' && link.alias?.startsWith('weft:network:') === true
      ? [link.alias.slice('weft:network:'.length)]
      : [],
  )
}
