/**
 * A place to measure in: network, mount and PID namespaces of its own, so that neither libvirtd nor weftd touches this machine.
 * The benchmark starts itself again in there.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { removeCpuGroups } from './cpu.ts'

const INSIDE = 'WEFT_BENCH_INSIDE'

/** bash is PID 1 in there: it reaps what daemons leave behind, and libvirtd waits 15 s for every zombie. */
const ENTER = `
mount --make-rprivate /
mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns
ip link set lo up
mkdir -p /tmp/weft-bench && mount -t tmpfs tmpfs /tmp/weft-bench
# As udev makes it; a container's may be root's alone.
mknod /tmp/weft-bench/tun c 10 200 && chmod 0666 /tmp/weft-bench/tun && mount --bind /tmp/weft-bench/tun /dev/net/tun
"$@"
status=$?
exit $status
`

export function isInside(): boolean {
  return process.env[INSIDE] !== undefined
}

/** Runs this script again inside; resolves with its exit code. */
export function enterWorld(script: string, args: readonly string[]): Promise<number> {
  const flags = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
  const child = spawn(
    'unshare',
    [...flags, 'bash', '-c', ENTER, 'bench', process.execPath, ...process.execArgv, script, ...args],
    { stdio: 'inherit', env: { ...process.env, [INSIDE]: String(process.pid) } },
  )
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => {
      removeCpuGroups(String(process.pid))
      resolve(code ?? 1)
    })
  })
}

/** A network namespace with lo up; what runs in it is called the side. */
export async function makeNamespace(name: string): Promise<void> {
  await sh(`ip netns add ${name} && ip -n ${name} link set lo up`)
}

/** Runs a line of shell and returns what it printed; throws what it complained. */
export function sh(line: string, input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', line], { stdio: ['pipe', 'pipe', 'pipe'] })
    let out = ''
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(out)
      else reject(new Error(`${line}\n${complaint}${out}`))
    })
    child.stdin.end(input)
  })
}

export function writeFile(path: string, content: string): void {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true })
  writeFileSync(path, content)
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits for something to become true, up to a limit. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 20_000,
): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${String(limitMs)} ms`)
    await pause(5)
  }
}
