/**
 * Runs a command on the distribution's kernel for clouds: `scripts/in-cloud-kernel.ts COMMAND...`, in the same directory, with its output and
 * its exit code. It sees all files of this machine; what it writes is gone afterwards, and its network is its own. Needs no KVM. Run it in
 * a world of its own, as scripts/test.ts does: what it starts ends with that.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { shellJoin } from '../src/core/plan/shell-quote.ts'
import { virtiofsdOf } from '../src/core/vm/shares.ts'
import { CLOUD_KERNEL, prepareCloudKernel, ROOT_TAG, scriptArgument } from '../test/support/cloud-kernel.ts'

const DESCRIPTORS = '/usr/share/qemu/vhost-user'
const MEMORY = '1G'
/** On a busy machine an emulated timer may be late when the kernel looks whether it works, and it complains of lost time. */
const QUIET = 'quiet loglevel=1 no_timer_check rcupdate.rcu_cpu_stall_suppress=1 nowatchdog'

process.exitCode = await main(process.argv.slice(2))

async function main(command: readonly string[]): Promise<number> {
  await prepareCloudKernel()
  const directory = mkdtempSync(join(tmpdir(), 'cloud-kernel-'))
  const [script, socket, console] = ['script', 'socket', 'console'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(script, world(command))
  const served = await serveRoot(join(directory, 'root'), socket)
  const qemu = spawn('qemu-system-x86_64', qemuArgs({ script, socket, console }), {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await once(qemu, 'exit')
  served.kill()
  const said = readFileSync(console, 'utf8')
  rmSync(directory, { recursive: true, force: true })
  const code = /^weft-exit (\d+)/m.exec(said)?.[1]
  if (code === undefined) process.stderr.write(`the guest ended before its command; its console:\n${said}\n`)
  return Number(code ?? 1)
}

/** The first process there, in bash, which reaps what daemons leave behind. Both ends of the output are bytes: no terminal changes them. */
function world(command: readonly string[]): string {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env
  const environment = [
    `PATH=${PATH}`,
    `NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE}`,
    'HOME=/root',
    'TMPDIR=/tmp',
  ]
  return `${shellJoin(['export', 'LC_ALL=C.UTF-8', ...environment])}
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/netns /run/lock
busybox hostname guest
ip link set lo up
stty -F /dev/ttyS1 raw -echo
cd ${shellJoin([process.cwd()])}
${shellJoin(command)} </dev/null 2>&1 | cat >/dev/ttyS1
echo "weft-exit \${PIPESTATUS[0]}" >/dev/console
busybox poweroff -f
`
}

/** All mounts of this machine as they are now; the guest mounts them read-only, and so is the uppermost one here. */
async function serveRoot(at: string, socket: string): Promise<ChildProcess> {
  mkdirSync(at)
  const program = readdirSync(DESCRIPTORS)
    .map((file) => virtiofsdOf(readFileSync(join(DESCRIPTORS, file), 'utf8')))
    .find((found) => found !== undefined)
  if (program === undefined) throw new Error('no virtiofsd: sh scripts/install-packages.sh')
  const serve = [
    'mount --make-rprivate / && mount --rbind / "$1" && mount -o remount,bind,ro "$1" &&',
    'exec "$2" --socket-path="$3" -o source="$1" -o cache=always -o sandbox=chroot',
  ].join(' ')
  const args = ['--mount', 'sh', '-c', serve, 'serve', at, program, socket]
  const child = spawn('unshare', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`virtiofsd has ended: ${said}`)
    await setTimeout(20)
  }
  return child
}

/**
 * Always without KVM, so that it is the same everywhere. One processor: the other tests that run have the rest. Without a NIC: whoever is in
 * there cannot reach anybody.
 */
function qemuArgs({ script, socket, console }: Record<'script' | 'socket' | 'console', string>): string[] {
  const append = `console=ttyS0 panic=-1 ${QUIET} ${scriptArgument(script)}`
  return [
    ...['-machine', 'q35,memory-backend=memory', '-accel', 'tcg', '-cpu', 'max', '-m', MEMORY],
    ...['-object', `memory-backend-memfd,id=memory,size=${MEMORY},share=on`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-nic', 'none'],
    ...['-chardev', `socket,id=root,path=${socket}`],
    ...['-device', `vhost-user-fs-pci,chardev=root,tag=${ROOT_TAG}`],
    ...['-kernel', CLOUD_KERNEL.kernel, '-initrd', CLOUD_KERNEL.initrd, '-append', append],
    ...['-serial', `file:${console}`, '-chardev', 'stdio,id=output,signal=off', '-serial', 'chardev:output'],
  ]
}
