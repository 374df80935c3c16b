/** All that hangs on one link, as it is at this moment: asked of `ip` and /proc/sys. */
import type { InterfaceName } from '../core/address/interface-name.ts'
import { unknownOfRoute } from '../core/host/uplink/route-words.ts'
import { unknownOfRule } from '../core/host/uplink/rule-words.ts'
import type {
  Family,
  SeenUplink,
  UplinkAddress,
  UplinkNeighbour,
  UplinkRoute,
  UplinkRule,
} from '../core/host/uplink/seen-uplink.ts'
import { listDirectory } from './observe-network-files.ts'
import { readText } from './process-table.ts'
import { runCommand } from './run-command.ts'

interface RawUplink {
  readonly ifname: string
  readonly address?: string
  readonly mtu: number
  readonly master?: string
  readonly addr_info: readonly UplinkAddress[]
}

interface RawNeighbour {
  readonly dst: string
  readonly lladdr?: string
  readonly state?: readonly string[]
}

/** Undefined when there is no such link. */
export async function observeUplink(name: InterfaceName): Promise<SeenUplink | undefined> {
  const links = (await show('', 'addr show')) as readonly Partial<RawUplink>[]
  const link = links.find((each) => each.ifname === name) as RawUplink | undefined
  if (link === undefined) return undefined
  const atUptime = Number(readText('/proc/uptime')?.split(' ')[0] ?? 0)
  const [routes, rules, neighbours, proxied] = await Promise.all([
    inBoth((family) => findRoutes(family, name)),
    inBoth((family) => findRules(family, name)),
    findNeighbours(name),
    inBoth((family) => findProxied(family, name)),
  ])
  return {
    name,
    mac: link.address ?? '',
    mtu: link.mtu,
    master: link.master,
    addresses: inOrder(link.addr_info),
    routes,
    rules,
    neighbours,
    proxied,
    settings: readSettings(name),
    // A namespace does not show all defaults; the loopback link has what it was made with.
    defaults: { ...readSettings('lo'), ...readSettings('default') },
    atUptime,
    unknown: [
      ...routes.flatMap((route) => unknownOfRoute(route, name) ?? []),
      ...rules.flatMap((rule) => unknownOfRule(rule) ?? []),
    ],
  }
}

async function show(family: Family | '', words: string): Promise<unknown> {
  const flags = family === '' ? [] : [`-${String(family)}`]
  const { stdout } = await runCommand(['ip', ...flags, '-j', '-d', ...words.split(' ')])
  return JSON.parse(stdout === '' ? '[]' : stdout) as unknown
}

async function inBoth<T>(find: (family: Family) => Promise<readonly T[]>): Promise<T[]> {
  return (await Promise.all([find(4), find(6)])).flat()
}

/** The kernel lists IPv4's as they came, IPv6's the last one first. */
function inOrder(addresses: readonly UplinkAddress[]): UplinkAddress[] {
  const of = (family: string): UplinkAddress[] => addresses.filter((each) => each.family === family)
  return [...of('inet'), ...of('inet6').toReversed()]
}

/** Without what the kernel makes for each address in the table `local`. */
async function findRoutes(family: Family, name: string): Promise<UplinkRoute[]> {
  const all = (await show(family, 'route show table all')) as readonly Omit<UplinkRoute, 'family'>[]
  return all
    .filter(({ dev, nexthops = [] }) => dev === name || nexthops.some((hop) => hop.dev === name))
    .filter(({ table, protocol }) => !(table === 'local' && protocol === 'kernel'))
    .map((route) => ({ ...route, family }))
}

async function findRules(family: Family, name: string): Promise<UplinkRule[]> {
  const all = (await show(family, 'rule show')) as readonly Omit<UplinkRule, 'family'>[]
  return all.filter(({ iif, oif }) => iif === name || oif === name).map((rule) => ({ ...rule, family }))
}

async function findNeighbours(name: string): Promise<UplinkNeighbour[]> {
  const all = (await show('', `neigh show dev ${name}`)) as readonly RawNeighbour[]
  return all.flatMap(({ dst, lladdr, state = [] }) =>
    lladdr === undefined || state.includes('FAILED') || state.includes('INCOMPLETE')
      ? []
      : [{ dst, lladdr, isPermanent: state.includes('PERMANENT') }],
  )
}

async function findProxied(family: Family, name: string): Promise<string[]> {
  const all = (await show(family, `neigh show proxy dev ${name}`)) as readonly { readonly dst: string }[]
  return all.map(({ dst }) => dst)
}

function readSettings(link: string): Record<string, string> {
  return Object.fromEntries(
    ['ipv4/conf', 'ipv6/conf', 'ipv4/neigh', 'ipv6/neigh'].flatMap((kind) => {
      const directory = `/proc/sys/net/${kind}/${link}`
      return listDirectory(directory).flatMap((file) => {
        // Some say that they are not set by refusing to be read.
        const value = readText(`${directory}/${file}`)?.trim()
        return value === undefined ? [] : [[`${kind.replace('/', '.')}.${file}`, value] as const]
      })
    }),
  )
}
