/**
 * The distribution's own libvirtd in a room of a test's or the benchmark's world: network, mounts and host name of its own, and nothing of the machine's
 * /etc/libvirt, /var/lib/libvirt and /run. Where it is not installed its packages are unpacked and laid over /usr in there: a package
 * that is installed starts its services.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { run } from './debian-root.ts'
import { untilListening } from './unpacked.ts'

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/libvirtd')
const INSTALLED = '/usr/sbin/libvirtd'
const PACKAGES = ['libvirt-daemon', 'libvirt-daemon-driver-qemu', 'libvirt-daemon-config-nwfilter']

/** Only what this machine lacks is fetched; done before a test's world begins, which has no network. */
export async function prepareLibvirtd(): Promise<void> {
  if (existsSync(INSTALLED) || existsSync(join(CACHE, 'root'))) return
  await mkdir(CACHE, { recursive: true })
  const work = await mkdtemp(join(CACHE, 'making-'))
  try {
    const archives = join(work, 'archives')
    await mkdir(join(archives, 'partial'), { recursive: true })
    for (const place of ['etc/libvirt', 'usr']) await mkdir(join(work, 'root', place), { recursive: true })
    const options = [`Dir::Cache::archives=${archives}`, 'Debug::NoLocking=1', 'APT::Sandbox::User=root']
    const words = [...options, 'APT::Install-Recommends=0'].flatMap((option) => ['-o', option])
    await run('apt-get', '-qq', '-y', '--download-only', ...words, 'install', ...PACKAGES)
    for (const name of await readdir(archives))
      if (name.endsWith('.deb')) await run('dpkg-deb', '-x', join(archives, name), join(work, 'root'))
    await rename(join(work, 'root'), join(CACHE, 'root'))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/**
 * No /dev/kvm: its machines are emulated, as those beside them. Stock filters come with a package, as the default network does. A user
 * of its own comes when a package is installed; libvirtd wants one of that name even when it takes another for QEMU.
 */
const PLACES = `
set -e
mount --make-rprivate /
if [ "$2" != - ]; then
  for top in etc usr; do mount -t overlay overlay -o "lowerdir=$2/$top:/$top" /$top; done
  for place in lib cache log; do mount -t tmpfs -o mode=755 tmpfs /var/$place; mkdir /var/$place/libvirt; done
fi
for place in /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /run; do mount -t tmpfs -o mode=755 tmpfs $place; done
mkdir /run/lock /run/dev
mount -t tmpfs -o mode=755 tmpfs /run/dev
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /run/dev/
mkdir /run/dev/net /run/dev/pts /run/dev/shm
mknod -m 666 /run/dev/net/tun c 10 200
mount --bind /run/dev /dev
mount -t devpts devpts /dev/pts -o newinstance,ptmxmode=0666
ln -s pts/ptmx /dev/ptmx
mount -t sysfs sysfs /sys
mkdir -p /etc/libvirt/qemu/networks /etc/libvirt/nwfilter /var/lib/libvirt/qemu
cp /usr/share/libvirt/nwfilter/*.xml /etc/libvirt/nwfilter/
cp "$1/etc/"*.conf /etc/libvirt/
add() {
  if getent "$1" libvirt-qemu >/run/entry; then return; fi
  { cat "/etc/$1"; echo "$2"; } >"/run/$1"
  mount --bind "/run/$1" "/etc/$1"
}
add passwd libvirt-qemu:x:64055:65534::/var/lib/libvirt:/usr/sbin/nologin
add group libvirt-qemu:x:64055:
shift 2
exec "$@"
`
/** What belongs to a running system, and is not here, is left out: AppArmor, control groups, logd, the owners of files. */
const QEMU_CONF = `security_driver = "none"
cgroup_controllers = []
stdio_handler = "file"
remember_owner = 0
namespaces = []
user = "nobody"
group = "nogroup"
`

/** Answers where it listens. `directory` is there for it and for whoever speaks to it. */
export async function startLibvirtd(directory: string): Promise<string> {
  const sockets = join(directory, 'run')
  await mkdir(sockets, { recursive: true })
  const daemon = await enterRoom('libvirtd', directory, ['libvirtd'], `unix_sock_dir = "${sockets}"\n`)
  let log = ''
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  daemon.unref()
  ;(daemon.stderr as unknown as { unref(): void }).unref()
  const socket = join(sockets, 'libvirt-sock')
  await untilListening(socket, () => {
    if (daemon.exitCode !== null) throw new Error(`libvirtd has ended: ${log}`)
  })
  return socket
}

/** A program in the room, in a network namespace of that name; `conf` is what libvirtd is told beside what each is told. */
export async function enterRoom(
  namespace: string,
  directory: string,
  program: readonly string[],
  conf = '',
): Promise<ChildProcessByStdio<null, null, Readable>> {
  await mkdir(join(directory, 'etc'), { recursive: true })
  await writeFile(join(directory, 'etc/qemu.conf'), QEMU_CONF)
  await writeFile(
    join(directory, 'etc/libvirtd.conf'),
    `${conf}auth_unix_rw = "none"\nauth_unix_ro = "none"\n`,
  )
  await run('ip', 'netns', 'add', namespace)
  await run('ip', '-n', namespace, 'link', 'set', 'lo', 'up')
  const packages = existsSync(INSTALLED) ? '-' : join(CACHE, 'root')
  const room = [`--net=/run/netns/${namespace}`, 'unshare', '--mount', '--uts', 'bash', '-c', PLACES]
  return spawn('nsenter', [...room, 'libvirtd', directory, packages, ...program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}
