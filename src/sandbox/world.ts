/** Starts, finds and ends sandboxes: worlds of namespaces in which weft changes nothing of the machine. See world.sh. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WeftError } from '../core/errors.ts'
import { claimDirectory, releaseDirectory, stateDirectory } from './directory.ts'
import { isAlive, readPidFile, type ProcessIdentity } from './process-identity.ts'

export interface Sandbox {
  /** Everything weft keeps in there hangs under this directory: `weft --root DIR` speaks to its weftd. */
  readonly root: string
  /** PID 1 of the sandbox, as the machine counts. */
  readonly pid: number
}

const START_LIMIT_MS = 20_000
const END_LIMIT_MS = 5000
const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), 'world.sh')

/** Where the sandbox is when nobody says otherwise. */
export function defaultSandboxRoot(): string {
  return process.env['WEFT_SANDBOX'] ?? '/var/tmp/weft-sandbox'
}

/** The running sandbox of that root; undefined when there is none, or only its leftovers. */
export function findSandbox(root: string): Sandbox | undefined {
  const identity = readPidFile(pidFile(root))
  return identity !== undefined && isAlive(identity) ? { root, pid: identity.pid } : undefined
}

/** Starts the sandbox of that root, or answers the one that runs. It outlives the caller. */
export async function startSandbox(root: string): Promise<Sandbox & { readonly wasRunning: boolean }> {
  const running = findSandbox(root)
  if (running !== undefined) return { ...running, wasRunning: true }
  if (process.getuid?.() !== 0)
    throw new WeftError('not-permitted', 'only root may make a sandbox of namespaces', {
      hint: 'put sudo in front of the command',
    })
  await claimDirectory(root)
  const identity = await startWorld(root)
  return { root, pid: identity.pid, wasRunning: false }
}

/** Ends every process in the sandbox and removes its directory. */
export async function stopSandbox(root: string): Promise<'stopped' | 'not-running'> {
  const identity = readPidFile(pidFile(root))
  const wasRunning = identity !== undefined && isAlive(identity)
  if (wasRunning) await endWorld(root, identity)
  await releaseDirectory(root)
  return wasRunning ? 'stopped' : 'not-running'
}

/** The argv that runs a command inside, in the caller's working directory. */
export function insideSandbox(sandbox: Sandbox, argv: readonly string[]): string[] {
  const namespaces = ['--net', '--mount', '--pid', `--wdns=${process.cwd()}`]
  return ['nsenter', `--target=${sandbox.pid}`, ...namespaces, '--', ...argv]
}

const pidFile = (root: string): string => join(stateDirectory(root), 'pid')

async function startWorld(root: string): Promise<ProcessIdentity> {
  const state = stateDirectory(root)
  await mkdir(state, { recursive: true })
  await rm(pidFile(root), { force: true })
  const log = await open(join(state, 'log'), 'w')
  try {
    const child = spawn('unshare', [...unshareFlags, 'bash', SCRIPT, state], {
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', log.fd],
    })
    await ready(child, state)
  } finally {
    await log.close()
  }
  const identity = readPidFile(pidFile(root))
  if (identity === undefined) throw new WeftError('internal', `the sandbox in '${root}' left no pid`)
  return identity
}

const unshareFlags = ['--net', '--mount', '--propagation=private', '--pid', '--fork', '--kill-child']

/** Waits for the word `ready`; ends a world that does not come up. */
async function ready(child: ChildProcess, state: string): Promise<void> {
  const limit = AbortSignal.timeout(START_LIMIT_MS)
  const said = await new Promise<string>((resolve) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('ready')) resolve('ready')
    })
    child.once('error', (error) => {
      resolve(error.message)
    })
    child.once('exit', (code) => {
      resolve(`it ended with exit code ${String(code)}`)
    })
    limit.addEventListener('abort', () => {
      resolve(`nothing happened for ${START_LIMIT_MS / 1000} s`)
    })
  })
  child.stdout?.destroy()
  child.unref()
  if (said === 'ready') return
  child.kill('SIGKILL')
  const log = await readFile(join(state, 'log'), 'utf8').catch(() => '')
  throw new WeftError('unsupported', 'could not build the sandbox', {
    details: [
      ['ran', `unshare ${unshareFlags.join(' ')} bash world.sh`],
      ['it said', log.trim() === '' ? said : log.trim()],
    ],
    hint: 'the sandbox needs root and a kernel with network, mount and PID namespaces',
  })
}

async function endWorld(root: string, identity: ProcessIdentity): Promise<void> {
  process.kill(identity.pid, 'SIGKILL')
  const deadline = Date.now() + END_LIMIT_MS
  while (isAlive(identity)) {
    if (Date.now() > deadline)
      throw new WeftError('timeout', `the sandbox in '${root}' does not end`, {
        details: [['process', String(identity.pid)]],
      })
    await sleep(10)
  }
}
