/** Debian's libvirtd in a namespace of its own, spoken to through one virsh that stays: no connection is paid per call. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cpuGroup, type CpuGroup } from './cpu.ts'
import { makeNamespace, sh, until, writeFile } from './world.ts'

export interface Libvirt {
  readonly cpu: CpuGroup
  readonly pid: number
  /** One virsh command over the connection that is open; throws its error. */
  virsh(command: string): Promise<string>
  /** For commands that shall start a virsh of their own. */
  readonly enter: string
  restart(): Promise<void>
  stop(): void
}

/** No /dev/kvm: a node that its QEMU cannot use makes libvirtd probe again for seconds at every define and start. */
const PRIVATE_PLACES = `
mount --make-rprivate /
for place in /etc/libvirt/qemu /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /run/libvirt; do
  mkdir -p $place; mount -t tmpfs tmpfs $place
done
mkdir -p /tmp/weft-bench-dev && mount -t tmpfs tmpfs /tmp/weft-bench-dev
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /tmp/weft-bench-dev/
mkdir /tmp/weft-bench-dev/net && cp -a /dev/net/tun /tmp/weft-bench-dev/net/
mkdir /tmp/weft-bench-dev/pts /tmp/weft-bench-dev/shm
mount --bind /tmp/weft-bench-dev /dev && mount -t devpts devpts /dev/pts -o newinstance,ptmxmode=0666 && ln -s pts/ptmx /dev/ptmx
mkdir -p /var/lib/libvirt/qemu /etc/libvirt/qemu/networks
`

export async function startLibvirt(): Promise<Libvirt> {
  if (!existsSync('/usr/sbin/libvirtd'))
    throw new Error('libvirtd is not installed: apt-get install libvirt-daemon-system')
  await makeNamespace('libvirt')
  writeFile(
    '/tmp/weft-bench/qemu.conf',
    'security_driver = "none"\ncgroup_controllers = []\nstdio_handler = "file"\nremember_owner = 0\nnamespaces = []\n',
  )
  const cpu = cpuGroup('libvirt')
  // One mount namespace for the daemon and its clients, kept by a sleeping process.
  const holder = spawn(
    'ip',
    [
      'netns',
      'exec',
      'libvirt',
      'unshare',
      '--mount',
      'bash',
      '-c',
      `${PRIVATE_PLACES}
cp /tmp/weft-bench/qemu.conf /tmp/weft-bench/qemu.conf.own; mount --bind /tmp/weft-bench/qemu.conf /etc/libvirt/qemu.conf; touch /tmp/weft-bench/ready; exec sleep infinity`,
    ],
    { stdio: 'inherit' },
  )
  await until("libvirt's namespace", () => existsSync('/tmp/weft-bench/ready'))
  const enter = `nsenter --net=/run/netns/libvirt --mount=/proc/${String(holder.pid)}/ns/mnt`
  let daemon = await startDaemon(enter, cpu)
  let shell = openShell(enter)
  await shell.run('uri')
  return {
    cpu,
    enter,
    get pid() {
      return daemon.pid ?? 0
    },
    virsh: (command) => shell.run(command),
    restart: async () => {
      shell.close()
      daemon.kill()
      await new Promise((resolve) => daemon.on('exit', resolve))
      daemon = await startDaemon(enter, cpu)
      shell = openShell(enter)
      await shell.run('net-list')
    },
    stop: () => {
      shell.close()
      daemon.kill()
      holder.kill('SIGKILL')
    },
  }
}

async function startDaemon(enter: string, cpu: CpuGroup): Promise<ChildProcess> {
  const daemon = spawn('bash', ['-c', `${cpu.enter} ${enter} /usr/sbin/libvirtd`], { stdio: 'ignore' })
  await until(
    'libvirtd',
    async () => (await sh(`${enter} test -S /run/libvirt/libvirt-sock && echo yes || true`)) !== '',
  )
  return daemon
}

/** virsh repeats each line when it reads it: by then it has finished the one before. */
const MARK = 'virsh # echo bench-done\n'

/** `virsh` reading commands from a pipe; an `echo` after each marks the end of its answer. */
function openShell(enter: string): { run(command: string): Promise<string>; close(): void } {
  const child = spawn('bash', ['-c', `exec ${enter} virsh -q -c qemu:///system 2>&1`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let buffer = ''
  let onText: (() => void) | undefined
  child.stdout.on('data', (chunk: Buffer) => {
    buffer += chunk.toString()
    onText?.()
  })
  const run = (command: string): Promise<string> =>
    new Promise((resolve, reject) => {
      onText = () => {
        const end = buffer.indexOf(MARK)
        if (end === -1) return
        onText = undefined
        const said = buffer.slice(0, end)
        buffer = buffer.slice(end + MARK.length)
        if (/^error:/m.test(said)) reject(new Error(`virsh ${command}: ${said}`))
        else resolve(said)
      }
      child.stdin.write(`${command}\necho bench-done\n`)
    })
  return { run, close: () => child.kill() }
}
