/** One look at the host: what the planners of networks compare with what is wanted. */
import { ipForwardNote, ipv6ForwardNote, neighboursFile, type Paths } from '../core/host/paths.ts'
import { parseForeignChains } from '../core/network/firewall/foreign-chains.ts'
import { parseLeft, type NeighbourName } from '../core/network/neighbours/seen-neighbours.ts'
import { bridgeOf, type SeenHost } from '../core/network/seen.ts'
import type { IpShell } from './ip-shell.ts'
import type { Mirror } from './mirror.ts'
import type { NftShell } from './nft-shell.ts'
import { insideLinks } from './observe-inside.ts'
import { seenLinks } from './observe-links.ts'
import { borrowedNetworks, dnsmasqPid, readGeneratedFiles } from './observe-network-files.ts'
import { listQueues } from './observe-traffic.ts'
import { advertisedLinks, seenRoutes, seenRoutes6 } from './observe-routes.ts'
import { observeProxies } from './observe-proxies.ts'
import { observeShims } from './observe-shims.ts'
import { seenRules, seenRules6 } from './observe-rules.ts'
import { readText } from './process-table.ts'

/** Kinds of queues that no kernel gives a link by itself. */
const CHOSEN = /^(tbf|netem|htb|hfsc|prio|cake)$/

/** They are there while the module is. */
const BRIDGE_FILTERS = ['iptables', 'ip6tables'].map((name) => `/proc/sys/net/bridge/bridge-nf-call-${name}`)

export interface Eyes {
  readonly ip: IpShell
  readonly nft: NftShell
  readonly mirror: Mirror
  readonly paths: Paths
  /** Undefined where the kernel has no flowtables. */
  readonly fastPath: () => Promise<SeenHost['fastPath']>
}

export async function observeHost(eyes: Eyes, networks: readonly string[]): Promise<SeenHost> {
  const { paths } = eyes
  const files = readGeneratedFiles(paths, networks)
  const [links, routes, rules, firewall, guard, fastPath, chains, neighbours] = await Promise.all([
    eyes.mirror.links(),
    eyes.mirror.routes(),
    eyes.mirror.rules(),
    eyes.mirror.table(),
    eyes.mirror.guard(),
    eyes.fastPath(),
    eyes.mirror.chains(),
    eyes.mirror.neighbours(),
  ])
  const bridges = networks.flatMap((name) => bridgeOf({ links: seenLinks(links) }, name)?.name ?? [])
  return {
    links: seenLinks(links),
    inside: await insideLinks(files),
    queues: links.some(({ qdisc }) => CHOSEN.test(qdisc ?? '')) ? await listQueues() : [],
    routes: seenRoutes(routes),
    routes6: seenRoutes6(routes),
    rules: seenRules(rules.ipv4),
    rules6: seenRules6(rules.ipv6),
    ipForward: readText('/proc/sys/net/ipv4/ip_forward')?.trim() === '1',
    ipForwardBefore: readText(ipForwardNote(paths)),
    ...(readText('/proc/sys/net/ipv4/conf/all/accept_redirects')?.trim() === '0'
      ? { refusesRedirects: true as const }
      : {}),
    ipv6Forwarding: readText('/proc/sys/net/ipv6/conf/all/forwarding')?.trim() === '1',
    ipv6ForwardingBefore: readText(ipv6ForwardNote(paths)),
    acceptRa: new Map(advertisedLinks(routes).map((name) => [name, acceptRaOf(name)])),
    firewall,
    guard,
    filtersBridged: BRIDGE_FILTERS.some((path) => readText(path)?.trim() === '1'),
    ...(fastPath === undefined ? {} : { fastPath }),
    foreignChains: parseForeignChains(chains ?? ''),
    bridgeFilter: { ipv4: filtersFrames('iptables'), ipv6: filtersFrames('ip6tables') },
    ...(neighbours === undefined ? {} : { neighbours: { ...neighbours, left: readLeft(paths) } }),
    localnet: new Set(bridges.filter(isLocalnet)),
    ...(hasProxied(files) ? await observeProxies() : {}),
    ...(await observeShims(eyes.nft, files)),
    borrowed: borrowedNetworks(paths),
    files,
    dnsmasqRunning: new Set(networks.filter((name) => dnsmasqPid(paths, name) !== undefined)),
  }
}

/** What is not said in words known here is as good as not said. */
function readLeft(paths: Paths): ReadonlySet<NeighbourName> {
  const text = readText(neighboursFile(paths))
  return text === undefined ? new Set() : parseLeft(text)
}

/** Of networks that run: others have none that anybody asks for. */
const hasProxied = (files: ReadonlyMap<string, string>): boolean =>
  [...files].some(([path, text]) => path.endsWith('/live.json') && text.includes('"proxied"'))

/** Without br_netfilter there is no such file. */
const filtersFrames = (which: 'iptables' | 'ip6tables'): boolean =>
  readText(`/proc/sys/net/bridge/bridge-nf-call-${which}`)?.trim() === '1'

const isLocalnet = (link: string): boolean =>
  readText(`/proc/sys/net/ipv4/conf/${link}/route_localnet`)?.trim() === '1'

function acceptRaOf(link: string): string {
  return readText(`/proc/sys/net/ipv6/conf/${link}/accept_ra`)?.trim() ?? '0'
}
