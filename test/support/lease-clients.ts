/** DHCP clients as ifupdown starts them: ISC's for one family and for both, and dhcpcd. What the tests of leases have to know of each. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { client, ifupAll, putClientInReach } from './dhclient.ts'
import { dhcpcd, dhcpcdRoom, putDhcpcdInReach } from './dhcpcd.ts'
import { address, hanging, makeKeeperWorld, reboot, type KeeperWorld } from './keeper-world.ts'
import { serveLeases } from './networkd.ts'
import { run, until } from './real-app.ts'
import { enterableRoom, type Room } from './unpacked.ts'
import { NIC, PEER } from './uplink-world.ts'

type Family = 4 | 6

export interface LeaseClient {
  readonly name: string
  /** Those of which it has a lease. */
  readonly families: readonly Family[]
  readonly interfaces: string
  /** A fixed address of IPv4 in place of a lease, and those of which there is still one. */
  readonly fixed: string
  readonly stillLeased: readonly Family[]
  /** Words for the server. */
  readonly serve: readonly string[]
  readonly room: () => Promise<Room>
  readonly putInReach: (world: KeeperWorld) => void
  /** The number of the one that looks after the link. */
  readonly find: (world: KeeperWorld, link: string, family: Family) => number | undefined
  /** It has asked for all that there is, and nothing comes by itself any more. */
  readonly hasAll: (world: KeeperWorld, link: string, families: readonly Family[]) => boolean
}

const LOOPBACK = 'auto lo\niface lo inet loopback\n\n'
const FIXED = `${LOOPBACK}auto eth0\niface eth0 inet static\n    address 192.0.2.10/24\n    gateway 192.0.2.1\n`
const isAtRest = (link: string): boolean =>
  run('ip', 'addr', 'show', 'dev', link, 'tentative') === '' &&
  run('ip', 'addr', 'show', 'dev', link, 'scope', 'link').includes('fe80')

/** Beside the leased one: an address that does not run out, which the client begins by taking away. */
export const LASTING6 = 'iface eth0 inet6 static\n    address 2001:db8::10/64\n    dad-attempts 0\n'
export const LEASED6 = /inet6 (2001:db8::[5-9]\S+)\/\S+ .*dynamic/

/** One world may follow another, each in a room of its own. */
let rooms = 0
const nextRoom = (): Promise<Room> => enterableRoom(`dhclient${String(rooms++)}`)

const dhclient = {
  putInReach: putClientInReach,
  find: client,
  hasAll(_world: KeeperWorld, link: string, families: readonly Family[]) {
    const lines = hanging(link).join('\n')
    return (
      isAtRest(link) &&
      (!families.includes(4) || /inet 192\.0\.2\.[5-9].*dynamic/.test(lines)) &&
      (!families.includes(6) || (LEASED6.test(lines) && lines.includes('default via fe80')))
    )
  },
}

export const CLIENTS: readonly LeaseClient[] = [
  {
    ...dhclient,
    name: 'dhclient',
    families: [4],
    interfaces: `${LOOPBACK}auto eth0\niface eth0 inet dhcp\n`,
    fixed: FIXED,
    stillLeased: [],
    serve: [],
    room: nextRoom,
  },
  {
    ...dhclient,
    name: 'dhclient of both families',
    families: [4, 6],
    interfaces: `${LOOPBACK}auto eth0\niface eth0 inet dhcp\niface eth0 inet6 dhcp\n${LASTING6}`,
    fixed: `${FIXED}iface eth0 inet6 dhcp\n`,
    stillLeased: [6],
    serve: ['--enable-ra', '--dhcp-range=2001:db8::50,2001:db8::9f,64,3600'],
    room: nextRoom,
  },
  {
    name: 'dhcpcd',
    families: [4],
    interfaces: `${LOOPBACK}auto eth0\niface eth0 inet dhcp\n    hostname weft-test\n`,
    fixed: FIXED,
    stillLeased: [],
    serve: ['--dhcp-option=6,192.0.2.1'],
    room: dhcpcdRoom,
    putInReach: putDhcpcdInReach,
    find: dhcpcd,
    // What it says of name servers comes last.
    hasAll: (world, link) =>
      address(link) !== 'none' && resolver(world).includes(`from ${link}.dhcp\n`) && isAtRest(link),
  },
]

/** /etc/resolv.conf; empty while there is none. */
export function resolver({ room }: KeeperWorld): string {
  const path = join(room.root, 'etc/resolv.conf')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** Nobody has brought anything up yet. */
export async function makeLeaseWorld({ interfaces, room, putInReach }: LeaseClient): Promise<KeeperWorld> {
  const resolv = 'nameserver 192.0.2.1\nnameserver 192.0.2.250\n'
  // ISC's script looks whether it may write: without a table of file systems it declines each lease that names a server.
  const files = { 'etc/network/interfaces': interfaces, 'etc/resolv.conf': resolv, 'etc/fstab': '' }
  const world = await makeKeeperWorld(files, await room())
  // Who says that he is no router is forgotten as one.
  run('ip', 'netns', 'exec', PEER, 'sysctl', '-q', '-w', 'net.ipv6.conf.all.forwarding=1')
  putInReach(world)
  return world
}

/** Its links and its peer; another world may follow. */
export function removeLeaseWorld({ real }: KeeperWorld): void {
  real.close()
  for (const link of ['br0', NIC]) if (existsSync(`/sys/class/net/${link}`)) run('ip', 'link', 'delete', link)
  run('ip', 'netns', 'delete', PEER)
}

/** It listens: one that begins while its link goes away would end at once. */
export async function startServer({ serve }: LeaseClient, ...more: readonly string[]): Promise<ChildProcess> {
  const server = serveLeases(...serve, ...more)
  const ports = (file: string): string => run('ip', 'netns', 'exec', PEER, 'cat', `/proc/net/${file}`)
  await until('the server listens', () => ports('udp').includes(':0043 '))
  if (serve.includes('--enable-ra'))
    await until('of IPv6 too', () => ports('udp6').includes(':0223 ') && ports('raw6').includes(':003A '))
  return server
}

/** As after a reboot with these files; `link` is then the host's. */
export async function bootWith(
  world: KeeperWorld,
  each: LeaseClient,
  { interfaces, link = NIC }: { readonly interfaces?: string; readonly link?: string } = {},
): Promise<void> {
  await stopClients(world, each)
  if (interfaces !== undefined) writeFileSync(join(world.room.root, 'etc/network/interfaces'), interfaces)
  reboot(world, ...(existsSync('/sys/class/net/br0') ? ['br0'] : []))
  await ifupAll(world)
  await isLeased(world, each, link, interfaces === each.fixed ? each.stillLeased : each.families)
}

export async function isLeased(
  world: KeeperWorld,
  { name, families, find, hasAll }: LeaseClient,
  link: string,
  asks = families,
): Promise<void> {
  await until(
    `${name} looks after ${link}`,
    () =>
      asks.every((family) => find(world, link, family) !== undefined) &&
      (asks.length > 0 ? hasAll(world, link, asks) : isAtRest(link)),
  )
}

/** One that was told to end is there for a moment more. */
export async function hasNoClient(
  world: KeeperWorld,
  { find }: LeaseClient,
  link: string,
  families: readonly Family[] = [4, 6],
): Promise<void> {
  await until(`no client looks after ${link}`, () =>
    families.every((family) => find(world, link, family) === undefined),
  )
}

/** As the end of the host does. */
export async function stopClients(
  world: KeeperWorld,
  each: LeaseClient,
  links: readonly string[] = [NIC, 'br0'],
): Promise<void> {
  for (const link of links) {
    const pids = new Set(([4, 6] as const).flatMap((family) => each.find(world, link, family) ?? []))
    for (const pid of pids) process.kill(pid, each.name === 'dhcpcd' ? 'SIGTERM' : 'SIGKILL')
    await hasNoClient(world, each, link)
  }
}
