/**
 * The host as text that can be compared: links, bridges, addresses, routes, settings, firewall and weft's processes. No
 * counters, indexes, timers or link states: only what somebody did, not what happens by itself.
 */
import type { SnapshotScope } from '../app/ports.ts'
import type { Snapshot } from '../core/host/snapshot.ts'
import { vmRunDirectory } from '../core/host/paths.ts'
import type { SeenQueue } from '../core/network/bridge/impairment.ts'
import { bridgeFacts, type RawLink } from './observe-links.ts'
import type { Eyes } from './observe-host.ts'
import { dnsmasqPid, listDirectory } from './observe-network-files.ts'
import type { RawRoute } from './observe-routes.ts'
import { listQueues } from './observe-traffic.ts'
import { commandLine, findByPidFile, readText } from './process-table.ts'
import { firewallLines } from './snapshot-firewall.ts'

/** Without a scope, everything. */
export async function takeSnapshot(eyes: Eyes, scope?: SnapshotScope): Promise<Snapshot> {
  const [all, allRoutes, settings, ruleset] = await Promise.all([
    eyes.mirror.links(),
    eyes.mirror.routes(),
    scope?.forwarding === false ? [] : eyes.ip.show('netconf show'),
    readRuleset(eyes, scope),
  ])
  const links = all
    .filter(
      (link) => scope === undefined || scope.links.has(link.ifname) || scope.links.has(link.master ?? ''),
    )
    .sort((a, b) => (a.ifname < b.ifname ? -1 : 1))
  const routes = allRoutes.filter(({ dev }) => scope === undefined || scope.links.has(dev ?? ''))
  return {
    links: await withQueues(links),
    bridges: links
      .filter((link) => link.linkinfo?.info_kind === 'bridge')
      .flatMap((link) => bridgeLines(link, links)),
    addresses: links.flatMap(addressLines),
    routes: routes
      .filter((route) => !isLinkLocal(route))
      .map(routeLine)
      .sort(),
    // ip_forward turns every link's own switch with it.
    sysctls: sysctlLines(settings as readonly RawSettings[], all, links),
    firewall: firewallLines(ruleset ?? '', typeof scope?.firewall === 'object' ? scope.firewall : undefined),
    processes: processLines(eyes, scope),
  }
}

/** A plan changes no tables but weft's. */
async function readRuleset(eyes: Eyes, scope: SnapshotScope | undefined): Promise<string | undefined> {
  if (scope === undefined) return eyes.nft.list('list ruleset')
  if (scope.firewall === 'nothing') return undefined
  const tables = await Promise.all([eyes.mirror.table(), eyes.mirror.guard()])
  return tables.join('')
}

/** The kernel has queues of its own; those that somebody chose for what they do to packets are of these kinds. */
async function withQueues(links: readonly RawLink[]): Promise<string[]> {
  const isImpaired = links.some(({ qdisc }) => qdisc === 'tbf' || qdisc === 'netem')
  const queues = isImpaired ? await listQueues() : []
  return links.flatMap((link) => {
    const queue = queues.find((each) => each.interface === link.ifname)
    return [...linkLines(link), ...queueLines(queue)]
  })
}

function queueLines(queue: SeenQueue | undefined): string[] {
  if (queue?.impairment === undefined) return []
  const { delayMs, lossPercent, rateBits } = queue.impairment
  return [`    queue ${queue.kind} delay ${delayMs} ms loss ${lossPercent} % rate ${rateBits} bit/s`]
}

function linkLines(link: RawLink): string[] {
  const { linkinfo } = link
  return [
    link.ifname,
    `    kind ${linkinfo?.info_kind ?? 'device'}`,
    `    mac ${link.address ?? 'none'}`,
    `    mtu ${link.mtu}`,
    `    ${link.flags.includes('UP') ? 'up' : 'down'}`,
    ...(link.master === undefined ? [] : [`    plugged into ${link.master}`]),
    ...(link.ifalias === undefined ? [] : [`    alias ${link.ifalias}`]),
    ...(linkinfo?.info_kind === 'tun'
      ? [`    user ${JSON.stringify(linkinfo.info_data?.['user'] ?? 'any')}`]
      : []),
  ]
}

function bridgeLines(bridge: RawLink, links: readonly RawLink[]): string[] {
  const { stp, forwardDelaySeconds } = bridgeFacts(bridge)
  return [
    bridge.ifname,
    `    stp ${stp ? 'on' : 'off'}`,
    `    forward delay ${forwardDelaySeconds} s`,
    ...links.filter((link) => link.master === bridge.ifname).map((link) => `    port ${link.ifname}`),
  ]
}

/** Without link-local IPv6 and autoconfigured addresses: the kernel gives and takes those as links come up. */
function addressLines(link: RawLink): string[] {
  const own = link.addr_info.filter((address) => address.dynamic !== true)
  const lines = own
    .filter((address) => address.family === 'inet' || address.scope !== 'link')
    .map(({ local, address, prefixlen, broadcast }) => {
      const peer = address === undefined ? '' : ` peer ${address}`
      return `    ${local}${peer}/${prefixlen}${broadcast === undefined ? '' : ` broadcast ${broadcast}`}`
    })
  return lines.length === 0 ? [] : [link.ifname, ...lines]
}

/** The kernel adds these by itself, a moment after a link has come up. */
function isLinkLocal({ dst }: RawRoute): boolean {
  return dst.startsWith('fe80:') || dst === 'ff00::/8'
}

function routeLine(route: RawRoute): string {
  const hops = (route.nexthops ?? [route]).map(
    ({ gateway, dev }) =>
      `${gateway === undefined ? '' : ` via ${gateway}`}${dev === undefined ? '' : ` dev ${dev}`}`,
  )
  const type = route.type === undefined || route.type === 'unicast' ? '' : `${route.type} `
  const from = route.prefsrc === undefined ? '' : ` from ${route.prefsrc}`
  const metric = route.metric === undefined ? '' : ` metric ${route.metric}`
  return `${type}${route.dst}${hops.join(' and')}${from}${metric}, table ${route.table ?? 'main'}`
}

interface RawSettings {
  readonly family: string
  readonly interface?: string
  readonly forwarding?: boolean
}

function sysctlLines(
  settings: readonly RawSettings[],
  all: readonly RawLink[],
  links: readonly RawLink[],
): string[] {
  const read = (key: string, path: string): string[] => {
    const value = readText(`/proc/sys/${path}`)?.trim()
    return value === undefined ? [] : [`${key} = ${value}`]
  }
  const names = new Set(all.map((link) => link.ifname))
  const forwarding = settings.filter(
    ({ family, interface: name }) => family === 'inet' && names.has(name ?? ''),
  )
  const bridges = links.filter((link) => link.linkinfo?.info_kind === 'bridge').map((link) => link.ifname)
  return [
    ...read('net.ipv4.ip_forward', 'net/ipv4/ip_forward'),
    ...read('net.ipv4.conf.all.accept_redirects', 'net/ipv4/conf/all/accept_redirects'),
    ...read('net.ipv6.conf.all.forwarding', 'net/ipv6/conf/all/forwarding'),
    ...links.flatMap(({ ifname }) =>
      // Every link believes routers, unless told otherwise.
      read(`net.ipv6.conf.${keyName(ifname)}.accept_ra`, `net/ipv6/conf/${ifname}/accept_ra`).filter(
        (line) => !line.endsWith('= 1'),
      ),
    ),
    ...forwarding
      .map(
        (entry) =>
          `net.ipv4.conf.${keyName(entry.interface ?? '')}.forwarding = ${entry.forwarding === true ? 1 : 0}`,
      )
      .sort(),
    ...bridges.flatMap((name) => [
      ...read(`net.ipv4.conf.${keyName(name)}.accept_redirects`, `net/ipv4/conf/${name}/accept_redirects`),
      ...read(`net.ipv6.conf.${keyName(name)}.disable_ipv6`, `net/ipv6/conf/${name}/disable_ipv6`),
      ...read(`net.ipv4.conf.${keyName(name)}.route_localnet`, `net/ipv4/conf/${name}/route_localnet`).filter(
        (line) => !line.endsWith('= 0'),
      ),
    ]),
  ]
}

/** As sysctl(8) takes it. */
function keyName(interfaceName: string): string {
  return interfaceName.replaceAll('.', '/')
}

function processLines({ paths }: Eyes, scope: SnapshotScope | undefined): string[] {
  const owners = (directory: string): string[] =>
    scope === undefined ? listDirectory(directory) : [...scope.owners].sort()
  const dnsmasqs = owners(`${paths.run}/networks`).map((name) => dnsmasqPid(paths, name))
  const machines = owners(`${paths.run}/vms`).map((name) => {
    const directory = vmRunDirectory(paths, name)
    return findByPidFile(`${directory}/qemu.pid`, directory)
  })
  return [...dnsmasqs, ...machines].flatMap((pid) => {
    const line = pid === undefined ? undefined : commandLine(pid)
    return line === undefined ? [] : [line]
  })
}
