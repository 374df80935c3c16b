/** Debian's libvirtd in the room that tests have for it, spoken to through one virsh that stays: no connection is paid per call. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cpuGroup, type CpuGroup } from './cpu.ts'
import { sh, until } from './world.ts'
import { enterRoom } from '../test/support/libvirtd-room.ts'

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

export async function startLibvirt(): Promise<Libvirt> {
  const cpu = cpuGroup('libvirt')
  const directory = '/tmp/weft-bench/libvirtd'
  // One mount namespace for the daemon and its clients, kept by a sleeping process.
  const ready = `${directory}/ready`
  const keep = `touch ${ready}; exec sleep infinity`
  const holder = await enterRoom('libvirt', directory, ['bash', '-c', keep])
  holder.stderr.pipe(process.stderr)
  await until("libvirt's room", () => existsSync(ready))
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
  const daemon = spawn('bash', ['-c', `${cpu.enter} ${enter} libvirtd`], { stdio: 'ignore' })
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
