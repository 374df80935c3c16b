/** Who looks after a link of this host, and the files in which it is written: daemons keep a file about each link, by its number. */
import { globSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { InterfaceName } from '../core/address/interface-name.ts'
import { WeftError } from '../core/errors.ts'
import { sourcedBy } from '../core/host/keeper/ifupdown-lines.ts'
import type {
  SeenClient,
  SeenDhcpcd,
  SeenFile,
  SeenIfupdown,
  SeenKeeper,
  SeenManager,
  SeenNetworkd,
  SeenResolver,
} from '../core/host/keeper/seen-keeper.ts'
import type { Paths } from '../core/host/paths.ts'
import { listDirectory } from './observe-network-files.ts'
import { commandLine, readText } from './process-table.ts'

export function observeKeeper(paths: Paths, name: InterfaceName): SeenKeeper {
  const [etc, run] = [dirname(paths.etc), dirname(paths.run)]
  const index = readText(`/sys/class/net/${name}/ifindex`)?.trim() ?? ''
  const manager = findManager(etc, run, { index, name })
  const networkd = findNetworkd(dirname(run), run, index)
  const ifupdown = findIfupdown(etc, run)
  return {
    etc,
    run,
    resolver: findResolver(etc),
    dhcpcd: findDhcpcd(etc, run),
    ...(manager === undefined ? {} : { manager }),
    ...(networkd === undefined ? {} : { networkd }),
    ...(ifupdown === undefined ? {} : { ifupdown }),
  }
}

function findResolver(etc: string): SeenResolver {
  const path = `${etc}/resolv.conf`
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  return {
    file: isLink ? undefined : readSeenFile(path),
    isLink,
    hasResolvconf: isInstalled('resolvconf', dirname(etc)),
  }
}

/** What it has made up for a link that others have configured is nothing that it would do. */
function findManager(
  etc: string,
  run: string,
  { index, name }: { readonly index: string; readonly name: InterfaceName },
): SeenManager | undefined {
  const state = readText(`${run}/NetworkManager/devices/${index}`)
  if (state === undefined || /^managed=false$/m.test(state)) return undefined
  const uuid = /^connection-uuid=(.*)$/m.exec(state)?.[1]
  const profiles = [etc, run, `${dirname(etc)}/usr/lib`].flatMap((place) => {
    const directory = `${place}/NetworkManager/system-connections`
    return listDirectory(directory).map((name) => join(directory, name))
  })
  const linesOf = (path: string): string[] => readText(path)?.split('\n') ?? []
  const named = profiles.find((path) => uuid !== undefined && linesOf(path).includes(`uuid=${uuid}`))
  const file = readProfile(named ?? onlyOne(profiles.filter((path) => isNameless(linesOf(path), name))))
  if (/^nm-generated=true$/m.test(file?.content ?? '')) return undefined
  return {
    profile: file,
    uuid,
    routeMetric: /^route-metric-default-effective=(.*)$/m.exec(state)?.[1],
  }
}

const readProfile = (path: string | undefined): SeenFile | undefined =>
  path === undefined ? undefined : readSeenFile(path)

const onlyOne = (all: readonly string[]): string | undefined => (all.length === 1 ? all[0] : undefined)

/** netplan writes profiles without a UUID: NetworkManager makes one of the path. They say which NIC they are for by its name or its MAC. */
function isNameless(lines: readonly string[], nic: InterfaceName): boolean {
  if (lines.some((line) => line.startsWith('uuid='))) return false
  const mac = readText(`/sys/class/net/${nic}/address`)?.trim() ?? ''
  return lines.some(
    (line) => line === `interface-name=${nic}` || (mac !== '' && line.toLowerCase() === `mac-address=${mac}`),
  )
}

/** `root` is what it takes for `/`. */
function findNetworkd(root: string, run: string, index: string): SeenNetworkd | undefined {
  const state = readText(`${run}/systemd/netif/links/${index}`)
  if (state === undefined || /^ADMIN_STATE=unmanaged$/m.test(state)) return undefined
  const said = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(state)?.[1]
  const dropped = (said('NETWORK_FILE_DROPINS') ?? '').replaceAll('"', '').split(/[ :]/)
  const lease = readText(`${run}/systemd/netif/leases/${index}`) ?? ''
  return {
    files: [said('NETWORK_FILE') ?? '', ...dropped].flatMap((path) => readSeenFile(join(root, path)) ?? []),
    clientId: /^CLIENTID=(.*)$/m.exec(lease)?.[1],
  }
}

function findIfupdown(etc: string, run: string): SeenIfupdown | undefined {
  const files = readSourced(`${etc}/network/interfaces`)
  return files.length === 0
    ? undefined
    : {
        files,
        state: readSeenFile(`${run}/network/ifstate`),
        clients: findClients(run),
        ...whatStarts(dirname(etc)),
      }
}

/** In its own order. */
function whatStarts(root: string): Pick<SeenIfupdown, 'starts'> {
  const starts = ['dhclient', 'udhcpc', 'dhcpcd'].find((program) => isInstalled(program, root))
  return starts === undefined ? {} : { starts }
}

const isInstalled = (program: string, root: string): boolean =>
  ['sbin', 'usr/sbin', 'bin', 'usr/bin'].some(
    (place) => statSync(join(root, place, program), { throwIfNoEntry: false }) !== undefined,
  )

/** Those that have a file with their number, as ifupdown's have. */
function findClients(run: string): SeenClient[] {
  return [
    ...globSync(`${run}/dhclient*.pid`).flatMap((file) => asDhclient(file, run) ?? []),
    ...globSync(`${run}/dhcpcd/*.pid`).flatMap((file) => asDhcpcd(file, run) ?? []),
  ]
}

/** Its files are where it takes `/` to be. */
function asDhclient(pidFile: string, run: string): SeenClient | undefined {
  const argv = commandLine(Number(readText(pidFile)))?.split(' ') ?? []
  const after = (word: string): string | undefined => argv[argv.indexOf(word) + 1]
  const [link, leases] = [argv.at(-1), after('-lf')]
  const isOurs = basename(argv[0] ?? '') === 'dhclient' && argv.includes('-lf')
  if (!isOurs || link === undefined || leases === undefined) return undefined
  const families = [argv.includes('-6') ? (6 as const) : (4 as const)]
  const of = { pidFile, leases: join(dirname(run), leases) }
  return { program: 'dhclient', link, families, argv: argv.slice(1), ...of }
}

/** It says of itself: `dhcpcd: eth0 [ip4] [ip6]`. One that is for one family only has that in the name of the file. */
function asDhcpcd(pidFile: string, run: string): SeenClient | undefined {
  const title = /^dhcpcd: ([^[ ]+)(.*)/.exec(commandLine(Number(readText(pidFile))) ?? '')
  const [, link, asks = ''] = title ?? []
  if (link === undefined) return undefined
  const only = /(-[46])\.pid$/.exec(basename(pidFile).slice(link.length))?.[1]
  return {
    program: 'dhcpcd',
    link,
    families: ([4, 6] as const).filter((family) => asks.includes(`[ip${String(family)}]`)),
    argv: [...(only === undefined ? [] : [only]), link],
    pidFile,
    leases: join(dirname(run), `var/lib/dhcpcd/${link}.lease`),
  }
}

function findDhcpcd(etc: string, run: string): SeenDhcpcd {
  const title = commandLine(Number(readText(`${run}/dhcpcd/pid`))) ?? ''
  return { isManager: title.includes('dhcpcd'), settings: readText(`${etc}/dhcpcd.conf`) ?? '' }
}

/** With all that it sources, to the bottom; a file that is there twice is read once. */
function readSourced(path: string, seen = new Set<string>()): SeenFile[] {
  const file = readSeenFile(path)
  if (file === undefined || seen.has(file.path)) return []
  seen.add(file.path)
  const sourced = sourcedBy(file.content).flatMap(({ pattern, isDirectory }) => {
    const found = globSync(resolve(dirname(path), pattern)).sort()
    if (!isDirectory) return found
    // As ifupdown does: names with a dot are somebody's leftovers.
    return found.flatMap((directory) =>
      listDirectory(directory)
        .filter((name) => /^[a-zA-Z0-9_-]+$/.test(name))
        .sort()
        .map((name) => join(directory, name)),
    )
  })
  return [file, ...sourced.flatMap((each) => readSourced(each, seen))]
}

function readSeenFile(path: string): SeenFile | undefined {
  const real = realPath(path)
  if (real === undefined) return undefined
  const bytes = readFileSync(real)
  const content = bytes.toString('utf8')
  // What cannot be written back as it was is better not touched.
  if (!Buffer.from(content).equals(bytes))
    throw new WeftError('unsupported', `'${real}' is not a text in UTF-8`, {
      hint: `iconv -f latin1 -t utf-8 ${real}`,
    })
  return { path: real, content, mode: statSync(real).mode & 0o7777 }
}

function realPath(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? realpathSync(path) : undefined
  } catch {
    return undefined
  }
}
