/** Runs one short command to its end: an argv array, the C locale, input, limits, and an error one can act on. */
import { spawn, type ChildProcess } from 'node:child_process'
import { commandEnvironment, commandFailed, missingProgram, spawnFailed } from './command-error.ts'

export interface CommandOptions {
  readonly stdin?: string
  /** Exit codes that count as done besides 0. */
  readonly accept?: readonly number[]
  /** Default 30 s; afterwards the command and its children are killed. */
  readonly timeoutMs?: number
}

export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

const DEFAULT_TIMEOUT_MS = 30_000
/** More output than this is cut: nothing weft runs says so much. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024
/** A daemon may leave its children holding our pipe: they are not waited for longer than this. */
const DRAIN_MS = 200

interface Ending {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly timedOut: boolean
}

/** Throws WeftError: 'missing-program', 'timeout', 'no-space', 'not-permitted' or 'command-failed'. */
export async function runCommand(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const from = performance.now()
  // In a process group of its own, so that a time limit reaches its children too.
  const child = spawn(argv[0], argv.slice(1), {
    detached: true,
    env: commandEnvironment(),
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  // A program that does not read its input to the end says why on stderr, not through our EPIPE.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(options.stdin)
  const ending = await waitForEnd(child, argv, options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
  const durationMs = performance.now() - from
  const said = { argv, stdout: stdout(), stderr: stderr(), ...ending, durationMs }
  const { exitCode } = ending
  if (exitCode === 0 || (exitCode !== null && options.accept?.includes(exitCode) === true)) {
    return { exitCode, stdout: said.stdout, stderr: said.stderr, durationMs }
  }
  throw commandFailed(said)
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  let size = 0
  stream?.on('data', (chunk: Buffer) => {
    if (size < MAX_OUTPUT_BYTES) chunks.push(chunk)
    size += chunk.length
  })
  return () => Buffer.concat(chunks).toString('utf8')
}

function waitForEnd(
  child: ChildProcess,
  argv: readonly [string, ...string[]],
  timeoutMs: number,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let timedOut = false
    const limit = setTimeout(() => {
      timedOut = true
      killGroup(child)
    }, timeoutMs)
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(limit)
      reject(error.code === 'ENOENT' ? missingProgram(argv[0], error) : spawnFailed(argv, error))
    })
    child.once('exit', (exitCode, signal) => {
      clearTimeout(limit)
      const drain = setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
      }, DRAIN_MS)
      child.once('close', () => {
        clearTimeout(drain)
        resolve({ exitCode, signal, timedOut })
      })
    })
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended just now.
  }
}
