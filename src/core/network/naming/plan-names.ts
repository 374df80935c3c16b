/**
 * This host finds guests by name: systemd-resolved asks the network's dnsmasq for what is in its domain, and for nothing else; where it
 * does not run, names stand in marked lines of /etc/hosts.
 */
import type { HostFacts } from '../../host/facts.ts'
import { run, type Owner } from '../../plan/action.ts'
import { noUndo, startPlan, type Plan, type Step } from '../../plan/plan.ts'
import { guestLines } from './guest-names.ts'
import { joinHosts, namesIn, splitHosts } from './hosts-file.ts'
import { domainOf, isRegistered, reverseZones } from './names.ts'
import { bridgeOf, type SeenHost } from '../seen.ts'
import type { NetworkSpec } from '../spec.ts'

export const NAMES_TITLE = "tell this host its guests' names"

/** How this host looks names up. */
export type SeenNames =
  | { readonly kind: 'resolved'; readonly links: ReadonlyMap<number, SeenResolver> }
  | { readonly kind: 'hosts'; readonly file: SeenHostsFile }
  | { readonly kind: 'none' }

/** What systemd-resolved has been told of a link. */
export interface SeenResolver {
  readonly servers: readonly string[]
  /** Routing domains begin with `~`. */
  readonly domains: readonly string[]
}

export interface SeenHostsFile {
  /** Where symbolic links lead to. */
  readonly path: string
  readonly text: string
  readonly mode: number
  readonly owner: Owner
}

/** A subnet of an odd size has many reverse zones; more than this are left out. */
const MOST_ZONES = 32

/** `live` are all networks that run. Those without a guest have no dnsmasq that answers. */
export function planNames(
  live: readonly NetworkSpec[],
  names: SeenNames,
  seen: SeenHost,
  facts: HostFacts,
): Plan {
  const served = live.filter((each) => isRegistered(each) && seen.dnsmasqRunning.has(each.name))
  if (names.kind === 'none') return startPlan(NAMES_TITLE, [])
  if (names.kind === 'hosts') return startPlan(NAMES_TITLE, hostsSteps(served, names.file, seen, facts))
  const steps = live.flatMap((each) => resolvedSteps(each, served.includes(each), names.links, seen))
  return startPlan(NAMES_TITLE, steps)
}

function resolvedSteps(
  network: NetworkSpec,
  isServed: boolean,
  links: ReadonlyMap<number, SeenResolver>,
  seen: SeenHost,
): Step[] {
  const bridge = bridgeOf(seen, network.name)
  if (bridge === undefined) return []
  const told = links.get(bridge.index)
  const revert = { ...run('resolvectl', 'revert', bridge.name), accept: [1] }
  if (!isServed) {
    const because = noUndo('it is told again with the first guest')
    const reason = `nobody of ${network.name} is there to be found by name`
    return told === undefined ? [] : [{ reason, do: revert, undo: because }]
  }
  const servers = network.ips.map(({ cidr }) => cidr.address)
  const zones = network.ips.flatMap(reverseZones)
  const domains = [domainOf(network) ?? '', ...(zones.length > MOST_ZONES ? [] : zones)].map(
    (name) => `~${name}`,
  )
  if (isSame(told?.servers, servers) && isSame(told?.domains, domains)) return []
  const step = (reason: string, ...words: string[]): Step => ({
    reason,
    do: run('resolvectl', ...words),
    undo: revert,
  })
  const [domain = ''] = domains
  // Servers last: at no moment are they asked for anything else.
  return [
    step(
      `dnsmasq of ${network.name} is not asked for the rest of the world`,
      'default-route',
      bridge.name,
      'no',
    ),
    step(
      `names in ${domain.slice(1)} are looked up on ${bridge.name}, nowhere else`,
      'domain',
      bridge.name,
      ...domains,
    ),
    step(`dnsmasq knows the guests of ${network.name}`, 'dns', bridge.name, ...servers),
  ]
}

const isSame = (one: readonly string[] | undefined, other: readonly string[]): boolean =>
  [...(one ?? [])].sort().join(' ') === [...other].sort().join(' ')

function hostsSteps(
  served: readonly NetworkSpec[],
  { path, text, mode, owner }: SeenHostsFile,
  seen: SeenHost,
  facts: HostFacts,
): Step[] {
  const parts = splitHosts(text)
  if (parts === undefined) return []
  const lines = guestLines(
    served,
    seen,
    facts,
    new Set([...namesIn(parts.before + parts.after), 'localhost']),
  )
  const content = joinHosts(parts, lines)
  if (content === text) return []
  const reason =
    lines.length === 0
      ? 'no guest is left to be found by name: the file is as it was without weft'
      : 'this host finds guests by name; all other lines stay as they are'
  return [
    {
      reason,
      do: { kind: 'write', path, content, mode, owner, replaces: text },
      undo: { kind: 'write', path, content: text, mode, owner, replaces: content },
    },
  ]
}
