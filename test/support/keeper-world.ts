/** A host whose NIC is kept by a real program of the distribution, in a room of its own; a reboot is rehearsed with new links and an empty /run. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fillRoot, openRealApp, run, type RealApp } from './real-app.ts'
import { enterableRoom, type Room } from './unpacked.ts'
import { NIC, PEER } from './uplink-world.ts'

export const MAC = '52:54:00:12:34:56'
/** The same after a reboot: the router has not changed. */
const FAR = '52:54:00:00:00:01'

export interface Cables {
  /** The host's ends. */
  readonly names: readonly string[]
  /** Lines of `ip` that make them, and `far` in the namespace of the peer. */
  readonly lay: readonly string[]
  /** Of these lines, what does not go with its cables. */
  readonly outside?: readonly string[]
}

const CABLE: Cables = {
  names: [NIC],
  lay: [`link add ${NIC} address ${MAC} type veth peer name far address ${FAR} netns ${PEER}`],
}

export interface KeeperWorld {
  readonly room: Room
  readonly real: RealApp
  readonly cables: Cables
}

/** The NIC lies in its box: nobody has brought it up. weft's root is the room's. */
export async function makeKeeperWorld(
  files: Readonly<Record<string, string>>,
  own?: Room,
  cables = CABLE,
): Promise<KeeperWorld> {
  const room = own ?? (await enterableRoom('host'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(room.root, path)), { recursive: true })
    writeFileSync(join(room.root, path), content)
  }
  fillRoot(room.root)
  run('ip', 'netns', 'add', PEER)
  plugIn(cables)
  return { room, real: openRealApp(room.root), cables }
}

function plugIn({ lay }: Cables): void {
  for (const line of lay) run('ip', ...line.split(' '))
  for (const words of [
    'address add 192.0.2.1/24 dev far',
    'address add 192.0.2.250/24 dev far',
    'address add 2001:db8::1/64 dev far nodad',
    'link set lo up',
    'link set far up',
  ])
    run('ip', '-n', PEER, ...words.split(' '))
}

/** What lasts is what lies on the disk. */
export function reboot({ room, cables }: KeeperWorld, ...links: readonly string[]): void {
  for (const link of [...links, ...cables.names]) execFileSync('ip', ['link', 'delete', link])
  for (const link of cables.outside ?? []) run('ip', '-n', PEER, 'link', 'delete', link)
  forgetRules()
  for (const name of readdirSync(join(room.root, 'run')))
    if (!['weft', 'dbus'].includes(name)) rmSync(join(room.root, 'run', name), { recursive: true })
  mkdirSync(join(room.root, 'run/network'))
  const host = join(room.root, 'var/lib/weft/host')
  for (const change of readdirSync(host))
    for (const name of ['armed', 'confirmed'])
      if (statSync(join(host, change, name), { throwIfNoEntry: false }) !== undefined)
        writeFileSync(join(host, change, name), 'the-boot-before\n')
  plugIn(cables)
}

/** All but the kernel's own three: no link takes them with it. */
function forgetRules(): void {
  for (const family of ['-4', '-6']) {
    const rules = JSON.parse(run('ip', '-json', family, 'rule')) as readonly { readonly priority: number }[]
    for (const { priority } of rules)
      if (![0, 32766, 32767].includes(priority))
        run('ip', family, 'rule', 'delete', 'priority', String(priority))
  }
}

/** The disk as it is now: what is returned makes it that again, so that a test that fails half-way leaves nothing to the next one. */
export function keepDisk({ room }: KeeperWorld): () => void {
  const kept = new Map(
    etcFiles(room).map((path) => [path, [readFileSync(path), statSync(path).mode] as const]),
  )
  return () => {
    for (const path of etcFiles(room)) if (!kept.has(path)) rmSync(path)
    for (const [path, [content, mode]] of kept) {
      // Daemons watch these files: what is as it was is not touched.
      if (existsSync(path) && readFileSync(path).equals(content)) continue
      writeFileSync(path, content)
      chmodSync(path, mode)
    }
    rmSync(join(room.root, 'run/weft/journal'), { recursive: true, force: true })
    const host = join(room.root, 'var/lib/weft/host')
    for (const change of readdirSync(host)) rmSync(join(host, change), { recursive: true })
  }
}

/** Every file of the room's /etc, to the last byte, and who may read it. */
export function describeEtc({ room }: KeeperWorld): string[] {
  return etcFiles(room).map(
    (path) => `${path} ${statSync(path).mode.toString(8)} ${readFileSync(path, 'latin1')}`,
  )
}

function etcFiles({ root }: Room): string[] {
  return readdirSync(join(root, 'etc'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** The first one of IPv4. */
export const address = (link: string): string =>
  /inet ([\d.]+)\//.exec(run('ip', 'addr', 'show', 'dev', link))?.[1] ?? 'none'

/** How long something still lasts, and the metric of the route to its neighbours, are its own affair. */
export function hanging(link: string): string[] {
  const lines = ['addr', 'route', '-6 route'].flatMap((what) =>
    run('ip', '-o', ...what.split(' '), 'show', 'dev', link).split('\n'),
  )
  return lines
    .filter((line) => !/^\d+: .*\\ +link|multicast|proto kernel/.test(line))
    .map((line) =>
      line
        .replace(/^\d+: \S+|\\ .*$| metric \d+| expires \d+sec|\\ *valid.*$/g, '')
        .replaceAll(link, 'LINK')
        .trim(),
    )
    .filter((line) => line !== '')
    .sort()
}
