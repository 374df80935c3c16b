/** weftd and weft as processes, on a root of their own, for tests in a throwaway world. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const PROJECT = join(import.meta.dirname, '../..')
/** A machine with much else to do may take long for everything. */
const LIMIT_MS = 60_000

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Weft {
  readonly root: string
  readonly socket: string
  readonly readOnlySocket: string
  readonly daemon: ChildProcess
  /** What weftd has written to its log so far. */
  readonly log: () => string
  /** Runs `weft WORDS`, with text on stdin when it is given. */
  readonly run: (words: readonly string[], input?: string) => Ran
  /** The same, and must end with 0; answers stdout. */
  readonly ok: (...words: string[]) => string
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
}

export function newRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'weft-doors-'))
  // QEMU's and dnsmasq's users, and nobody, have to pass through.
  chmodSync(root, 0o755)
  return root
}

export function runWeft(root: string, words: readonly string[], input?: string): Ran {
  return runProgram([join(PROJECT, 'bin/weft'), ...words], { WEFT_ROOT: root }, input)
}

export function runProgram(
  argv: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
  input?: string,
): Ran {
  const { status, stdout, stderr } = spawnSync(argv[0], argv.slice(1), {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    input: input ?? '',
    timeout: 2 * LIMIT_MS,
  })
  return { code: status, out: stdout, err: stderr }
}

/** `more`: options besides the root. */
export async function startWeft(root: string, more: readonly string[] = []): Promise<Weft> {
  const daemon = spawn(join(PROJECT, 'bin/weftd'), ['--root', root, ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // One that a failed test left running keeps nobody waiting: it ends with the test's world.
  daemon.unref()
  ;(daemon.stderr as unknown as { unref(): void }).unref()
  let log = ''
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const socket = join(root, 'run/weft/weft.sock')
  const readOnlySocket = join(root, 'run/weft/weft-ro.sock')
  await until(() => {
    assert.equal(daemon.exitCode, null, `weftd ended: ${log}`)
    return log.includes('listening in') && existsSync(readOnlySocket)
  })
  const run: Weft['run'] = (words, input) => runWeft(root, words, input)
  return {
    root,
    socket,
    readOnlySocket,
    daemon,
    log: () => log,
    run,
    ok: (...words) => {
      const { code, out, err } = run(words)
      assert.equal(code, 0, `weft ${words.join(' ')}: ${err}${out}`)
      return out
    },
    stop: async (signal = 'SIGTERM') => {
      if (daemon.exitCode !== null || daemon.signalCode !== null) return
      daemon.kill(signal)
      await until(() => daemon.exitCode !== null || daemon.signalCode !== null)
    },
  }
}

/** Waits for a condition with a limit, never for a time. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = LIMIT_MS): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not within ${String(limitMs)} ms: ${condition.toString()}`)
    await sleep(20)
  }
}

/** `ip` and the like: must succeed; answers stdout. */
export function host(...argv: [string, ...string[]]): string {
  const { code, out, err } = runProgram(argv)
  assert.equal(code, 0, `${argv.join(' ')}: ${err}`)
  return out
}

/** What a start of a network changes, as text that can be compared: without carriers, of which the kernel learns a moment later. */
export function describeHost(): string {
  return [
    host('ip', '-o', 'link', 'show', 'type', 'bridge').replace(
      /^\d+: |NO-CARRIER,|,LOWER_UP|(?<= )state \w+ /gm,
      '',
    ),
    host('ip', '-o', '-4', 'address').replace(/^\d+: /gm, ''),
    host('ip', 'route').replaceAll(' linkdown', ''),
    host('nft', 'list', 'ruleset'),
    host('sysctl', 'net.ipv4.ip_forward'),
  ].join('')
}
