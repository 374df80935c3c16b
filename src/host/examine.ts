/** What only the doctor looks at: ports' settings, neighbours with their states, sysctls, ways, namespaces from inside. All looked up anew. */
import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Examination } from '../app/doctor-ports.ts'
import {
  FAR_AWAY,
  type AnyRoute,
  type AnyRule,
  type BridgePort,
  type Examined,
  type Inside,
  type LearntMac,
  type MetNeighbour,
  type Server,
  type Way,
} from '../core/doctor/sight.ts'
import { upstreamsFile, type Paths } from '../core/host/paths.ts'
import { ipInside } from '../core/network/port.ts'
import type { IpShell } from './ip-shell.ts'
import { dnsmasqPid } from './observe-network-files.ts'
import { listRules } from './list-rules.ts'
import { listLinks, type RawLink } from './observe-links.ts'
import { readText } from './process-table.ts'
import { runCommand } from './run-command.ts'

export async function examine(ip: IpShell, paths: Paths, asked: Examination): Promise<Examined> {
  const met = meetNeighbours(ip, asked)
  const [links, neighbours, routes, rules, servers, forwarding, ways, inside, counted, ruleset] =
    await Promise.all([
      listLinks(ip),
      met,
      ip.show('route show table all'),
      ip.show('rule'),
      listServers(),
      listLearnt(),
      findWays(asked),
      lookInside(asked),
      json('ip', '-j', '-s', 'link', 'show'),
      listRules(),
    ])
  return {
    ports: new Map(links.flatMap(portOf)),
    flags: new Map(links.map(({ ifname, flags }) => [ifname, flags])),
    neighbours,
    settings: readSettings(asked.links),
    ways,
    routes: routes as AnyRoute[],
    rules: rules as AnyRule[],
    inside,
    dnsmasqs: new Map(asked.networks.flatMap((name) => dnsmasqOf(paths, name))),
    servers,
    forwarding,
    ruleset,
    upstreams: upstreamsOf(paths),
    heard: new Map(
      (counted as RawCounted[]).map(({ ifname, stats64 }) => [ifname ?? '', stats64?.rx.packets ?? 0]),
    ),
  }
}

interface RawCounted {
  readonly ifname?: string
  readonly stats64?: { readonly rx: { readonly packets: number } }
}

async function json(...argv: [string, ...string[]]): Promise<unknown> {
  const { stdout } = await runCommand(argv)
  return JSON.parse(stdout.trim() === '' ? '[]' : stdout) as unknown
}

function portOf({ ifname, linkinfo }: RawLink): [string, BridgePort][] {
  const port = linkinfo?.info_slave_data
  const isPort = (linkinfo as { info_slave_kind?: string } | undefined)?.info_slave_kind === 'bridge'
  // Older kernels have fewer settings: what is not there does not get in the way.
  const usual = { isolated: false, locked: false, learning: true, flood: true, bcast_flood: true }
  return isPort && port?.state !== undefined ? [[ifname, { ...usual, ...port } as BridgePort]] : []
}

/** How long the kernel is given to find out who has an address: mostly it is a fraction of a millisecond. */
const PATIENCE_MS = 600
const DISCARD_PORT = 9

/** What was known of somebody is believed for five seconds (DELAY) before he is asked thrice, a second each (PROBE). */
const THOROUGH_MS = 15_000
const OPEN = ['INCOMPLETE', 'DELAY', 'PROBE']

async function meetNeighbours(
  ip: IpShell,
  { addresses, doubted = [] }: Examination,
): Promise<MetNeighbour[]> {
  if (addresses.length > 0) await poke(addresses)
  const end = performance.now() + (doubted.length > 0 ? THOROUGH_MS : PATIENCE_MS)
  for (;;) {
    const all = await listNeighbours(ip)
    const waits = all.some(
      ({ state, ip: who }) =>
        (state === 'INCOMPLETE' && addresses.includes(who)) ||
        (OPEN.includes(state) && doubted.includes(who)),
    )
    if (!waits || performance.now() > end) return all
    await sleep(20)
  }
}

async function listNeighbours(ip: IpShell): Promise<MetNeighbour[]> {
  const raw = (await ip.show('neighbour show')) as readonly {
    readonly dst: string
    readonly dev: string
    readonly lladdr?: string
    readonly state?: readonly string[]
  }[]
  return raw.map(({ dst, dev, lladdr, state = [] }) => ({
    ip: dst,
    mac: lladdr?.toLowerCase(),
    interface: dev,
    state: state[0] ?? 'NONE',
  }))
}

/** An empty packet to the port where nothing listens: enough for the kernel to ask for a MAC. */
async function poke(addresses: readonly string[]): Promise<void> {
  const socket = createSocket('udp4')
  // Nobody at home is what it is to find out.
  socket.on('error', () => undefined)
  await Promise.all(
    addresses.map(
      (address) =>
        new Promise<void>((resolve) => {
          socket.send(Buffer.alloc(0), DISCARD_PORT, address, () => {
            resolve()
          })
        }),
    ),
  )
  socket.close()
}

const PER_LINK = ['forwarding', 'rp_filter', 'arp_ignore']
const OF_ALL = [
  'net.netfilter.nf_conntrack_count',
  'net.netfilter.nf_conntrack_max',
  'net.ipv4.neigh.default.gc_thresh3',
  'net.ipv4.conf.all.rp_filter',
]

function readSettings(links: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  const read = (key: string, path: string): void => {
    const value = readText(`/proc/sys/${path}`)?.trim()
    if (value !== undefined) found.set(key, value)
  }
  for (const key of OF_ALL) read(key, key.replaceAll('.', '/'))
  for (const link of links) {
    for (const name of PER_LINK) read(`net.ipv4.conf.${link}.${name}`, `net/ipv4/conf/${link}/${name}`)
    read(`net.ipv6.conf.${link}.disable_ipv6`, `net/ipv6/conf/${link}/disable_ipv6`)
  }
  return found
}

/** All in one `ip`: what fails says so with the number of its line, and the other answers come in their order. */
async function findWays({ ways }: Examination): Promise<Map<string, Way>> {
  const lines = [...ways.values()].map(({ to = FAR_AWAY, from }) => {
    const source = from === undefined ? '' : ` from ${from.address} iif ${from.bridge}`
    return `route get ${to}${source}\n`
  })
  const batch = ['ip', '-j', '-force', '-batch', '-'] as const
  const { stdout, stderr } = await runCommand([...batch], { stdin: lines.join(''), accept: [1, 2] })
  const refusals = new Map(
    [...stderr.matchAll(/^(.+)\nCommand failed -:(\d+)$/gm)].map(([, said = '', line]) => [
      Number(line),
      said,
    ]),
  )
  const answers = stdout.split('\n').filter((line) => line.startsWith('['))
  return new Map(
    [...ways.keys()].map((name, index): [string, Way] => {
      const refusal = refusals.get(index + 1)
      return [name, refusal === undefined ? wayIn(answers.shift() ?? '[]') : { refusal }]
    }),
  )
}

function wayIn(answer: string): Way {
  const [{ dev, gateway } = {}] = JSON.parse(answer) as { dev?: string; gateway?: string }[]
  return { ...(dev === undefined ? {} : { device: dev }), ...(gateway === undefined ? {} : { gateway }) }
}

type InsideLink = Partial<RawLink>

/** Each is two processes. */
const AT_ONCE = 8

async function lookInside({ namespaces }: Examination): Promise<Map<string, Inside>> {
  const found: [string, Inside][] = []
  for (let first = 0; first < namespaces.length; first += AT_ONCE)
    found.push(...(await Promise.all(namespaces.slice(first, first + AT_ONCE).map(lookInto))).flat())
  return new Map(found)
}

async function lookInto({
  interface: name,
  namespace,
  insideName,
}: Examination['namespaces'][number]): Promise<[string, Inside][]> {
  const [program, ...words] = ipInside(namespace)
  const ask = async (...question: string[]): Promise<unknown[]> => {
    const { exitCode, stdout } = await runCommand([program, ...words, '-j', ...question], {
      accept: [1, 255],
    })
    return exitCode === 0 && stdout.trim() !== '' ? (JSON.parse(stdout) as unknown[]) : []
  }
  const [links, routes] = await Promise.all([
    ask('address', 'show', 'dev', insideName) as Promise<InsideLink[]>,
    ask('route', 'show', 'default') as Promise<AnyRoute[]>,
  ])
  const link = links.find(({ ifname }) => ifname !== undefined)
  if (link === undefined) return []
  const gateways = routes.map(({ gateway, dev }) => ({ gateway, device: dev }))
  return [[name, insideOf(link, [program, ...words].join(' '), insideName, gateways)]]
}

function insideOf(
  link: InsideLink,
  command: string,
  name: string,
  gateways: NonNullable<Inside['gateways']>,
): Inside {
  return {
    of: 'namespace',
    command,
    name,
    isUp: link.flags?.includes('UP') === true,
    mtu: link.mtu ?? 0,
    mac: link.address,
    addresses: (link.addr_info ?? []).map(({ local, prefixlen }) => ({ address: local, prefix: prefixlen })),
    gateways,
  }
}

function dnsmasqOf(paths: Paths, network: string): [string, { pid: number; isStopped: boolean }][] {
  const pid = dnsmasqPid(paths, network)
  if (pid === undefined) return []
  const stat = readText(`/proc/${String(pid)}/stat`) ?? ''
  return [[network, { pid, isStopped: /\) [Tt] [^)]*$/.test(stat) }]]
}

/** `UNCONN 0 0 0.0.0.0%virbr0:67 0.0.0.0:* users:(("dnsmasq",pid=812,fd=4))`. */
async function listServers(): Promise<Server[]> {
  const { stdout } = await runCommand(['ss', '-Hlnup', '( sport = :67 or sport = :53 )'])
  return stdout.split('\n').flatMap((line): Server[] => {
    const [, , , local = ''] = line.split(/\s+/)
    const [, address = '', device, port] = /^\[?([^%\]]*?)\]?(?:%(\S+?)\]?)?:(\d+)$/.exec(local) ?? []
    if (port === undefined) return []
    const [, program = '?', pid = '0'] = /\("([^"]+)",pid=(\d+)/.exec(line) ?? []
    const isAny = /^(\*|0\.0\.0\.0|::)$/.test(address)
    return [
      {
        port: Number(port),
        ...(isAny ? {} : { address }),
        ...(device === undefined ? {} : { device }),
        program,
        pid: Number(pid),
      },
    ]
  })
}

async function listLearnt(): Promise<LearntMac[]> {
  const raw = (await json('bridge', '-j', 'fdb', 'show')) as readonly {
    readonly mac: string
    readonly ifname: string
    readonly master?: string
    readonly flags?: readonly string[]
    readonly state?: string
  }[]
  return raw
    .filter(({ master }) => master !== undefined)
    .map(({ mac, ifname, master, state = '', flags = [] }) => ({
      mac: mac.toLowerCase(),
      port: ifname,
      bridge: master,
      isSticky: flags.includes('sticky'),
      isFixed: state === 'static' || state === 'permanent' || state === 'noarp',
    }))
}

function upstreamsOf(paths: Paths): string[] {
  const lines = (readText(upstreamsFile(paths)) ?? '').split('\n')
  return lines.flatMap((line) => /^server=([^/@#\s]+)/.exec(line)?.[1] ?? [])
}
