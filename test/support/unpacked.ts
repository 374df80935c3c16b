/**
 * Daemons that look after a host's network, from the distribution's packages: run in rooms of their own, never installed. A package
 * that is installed starts its services, and a test that puts a firewall onto a developer's machine would be a bad guest.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { run, unpackPackages } from './debian-root.ts'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/unpacked')
/** Another list, or other files beside it: made again. */
const VERSION = '1'
const PACKAGES =
  'firewalld ufw iptables nftables network-manager netplan.io ifupdown isc-dhcp-client systemd dbus iproute2 procps ' +
  'base-files libc-bin bash coreutils dash grep sed findutils'
/** Made by scripts of packages, which do not run here. */
const USERS = [
  'root:x:0:0:root:/root:/bin/bash',
  'messagebus:x:101:101::/nonexistent:/usr/sbin/nologin',
  'systemd-network:x:998:998::/:/usr/sbin/nologin',
  'polkitd:x:997:997::/nonexistent:/usr/sbin/nologin',
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
]
const GROUPS = [
  'root:x:0:',
  'messagebus:x:101:',
  'systemd-network:x:998:',
  'polkitd:x:997:',
  'netdev:x:102:',
  'nogroup:x:65534:',
]
const IPTABLES = ['iptables', 'ip6tables'].flatMap((name) => [
  [name, `${name}-nft`],
  ...['save', 'restore'].map((verb) => [`${name}-${verb}`, `${name}-nft-${verb}`]),
])

/** Needs the distribution's packages, which no test can fetch from inside its own world: done before it begins. */
export async function prepareUnpacked(): Promise<void> {
  await prepareRoot(CACHE, VERSION, PACKAGES.split(' '), finish)
}

/**
 * Packages and all they need as `DIRECTORY/root`, unless that version is there. `finish` does what their scripts would, of which none
 * runs, with the root's path.
 */
export async function prepareRoot(
  directory: string,
  version: string,
  packages: readonly string[],
  finish: (root: string) => Promise<void>,
): Promise<void> {
  const made = await readFile(join(directory, 'version'), 'utf8').catch(() => '')
  if (made === version) return
  await mkdir(directory, { recursive: true })
  // Somebody else may be making it at the same time: each in a directory of its own, and the whole is moved.
  const work = await mkdtemp(join(directory, 'making-'))
  try {
    const root = join(work, 'root')
    await mkdir(root)
    await unpackPackages(packages, root, work)
    await finish(root)
    await rm(join(directory, 'root'), { recursive: true, force: true })
    await rename(root, join(directory, 'root'))
    await writeFile(join(directory, 'version'), version)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function finish(root: string): Promise<void> {
  const at = (path: string): string => join(root, path)
  await writeFile(at('etc/passwd'), `${USERS.join('\n')}\n`)
  await writeFile(at('etc/group'), `${GROUPS.join('\n')}\n`)
  for (const [name = '', program = ''] of IPTABLES) {
    const link = at(`usr/sbin/${name}`)
    if ((await readlink(link).catch(() => undefined)) === undefined) await symlink(program, link)
  }
  // What ufw's own script copies from its templates.
  for (const name of ['after', 'after6', 'before', 'before6', 'user', 'user6'])
    await run('cp', at(`usr/share/ufw/iptables/${name}.rules`), at(`etc/ufw/${name}.rules`))
  for (const name of ['ufw.conf', 'before.init', 'after.init'])
    await run('cp', at(`usr/share/ufw/${name}`), at(`etc/ufw/${name}`))
  await rm(at('var/run'), { recursive: true, force: true })
  await symlink('/run', at('var/run'))
  await writeFile(at('etc/hostname'), 'room\n')
  await writeFile(at('etc/machine-id'), '0123456789abcdef0123456789abcdef\n')
  // Nobody here needs to be asked whether root may: without it that is not asked again and again.
  await rm(at('usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service'), { force: true })
  await run('ldconfig', '-r', root)
}

/** A root of its own to look into and to run programs in; its /etc, /var, /run and /tmp are written to and gone with the test's world. */
export interface Room {
  /** Seen from outside: `join(room.root, 'etc/network/interfaces')`. */
  readonly root: string
  /** Waits for the end. Throws what it said on its standard error. In the network namespace of that name, else in the test's own. */
  run(argv: readonly string[], namespace?: string): Promise<string>
  /** A daemon; the test ends it, or its world does. */
  start(argv: readonly string[], namespace?: string): ChildProcess
}

/** Of the root in that directory. Only inside a test's world: mounts stay there. */
export async function enterableRoom(name: string, directory = CACHE): Promise<Room> {
  const root = `/run/rooms/${name}`
  await mkdir(root, { recursive: true })
  await run('mount', '--bind', join(directory, 'root'), root)
  await run('mount', '-o', 'remount,bind,ro', root)
  for (const directory of ['etc', 'var']) {
    const copy = `/run/rooms/${name}.${directory}`
    await run('cp', '-a', join(root, directory), copy)
    await run('mount', '--bind', copy, join(root, directory))
  }
  for (const directory of ['run', 'tmp']) await run('mount', '-t', 'tmpfs', 'tmpfs', join(root, directory))
  await mkdir(join(root, 'run/dbus'))
  await run('mount', '-t', 'proc', 'proc', join(root, 'proc'))
  await run('mount', '--rbind', '/sys', join(root, 'sys'))
  await run('mount', '--rbind', '/dev', join(root, 'dev'))
  const inside = (argv: readonly string[], namespace: string | undefined): [string, ...string[]] => {
    // NetworkManager names the host after /etc/hostname, and a test's world has the machine's name.
    const words = ['unshare', '--uts', 'chroot', root, ...argv]
    // Not `ip netns exec`: that would put another /sys over the room's, and the room knows no namespaces.
    const place = namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${namespace}`]
    const [program = '', ...args] = [...place, ...words]
    return [program, ...args]
  }
  return {
    root,
    run: (argv, namespace) => run(...inside(argv, namespace)),
    start(argv, namespace) {
      const [program, ...args] = inside(argv, namespace)
      return spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH, LC_ALL: 'C' } })
    },
  }
}

/** The system's message bus, by which firewalld and NetworkManager are spoken to. */
export async function startBus(room: Room): Promise<ChildProcess> {
  const bus = room.start(['dbus-daemon', '--system', '--nofork', '--nopidfile'])
  const socket = join(room.root, 'run/dbus/system_bus_socket')
  await untilListening(socket, () => {
    if (bus.exitCode !== null) throw new Error('the message bus has ended')
  })
  return bus
}

const PATIENCE_MS = 120_000

/** A socket's file is there a moment before anybody listens on it. `look` throws when nobody ever will. */
export async function untilListening(socket: string, look: () => void): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await isListening(socket))) {
    look()
    if (performance.now() > end) throw new Error(`nobody listens on '${socket}'`)
    await setTimeout(50)
  }
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('error', () => {
      resolve(false)
    })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
