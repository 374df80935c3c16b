/** `nft monitor trace` for a while, and what only tracing asks of this host. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TraceWatch } from '../app/trace-ports.ts'
import { WeftError } from '../core/errors.ts'
import type { RouteAnswer, RouteQuestion } from '../core/host/flow/flow.ts'
import { commandEnvironment } from './command-error.ts'
import { listensToKernel, NETLINK_GROUPS } from './netlink-listeners.ts'
import { runCommand } from './run-command.ts'

export async function askRoute({
  destination,
  source,
  in: device,
}: RouteQuestion): Promise<RouteAnswer | undefined> {
  // Where nobody knows the sender the kernel would refuse to say.
  const from = device === undefined || source === undefined ? [] : ['from', source, 'iif', device]
  const { stdout, exitCode } = await runCommand(['ip', '-j', 'route', 'get', destination, ...from], {
    accept: [1, 2],
  })
  if (exitCode !== 0) return { to: 'nowhere' }
  const [route] = JSON.parse(stdout) as { type?: string; dev?: string }[]
  if (route?.type === 'local') return { to: 'this host' }
  return route?.dev === undefined ? undefined : { to: 'device', device: route.dev }
}

const START_LIMIT_MS = 15_000

/** Whatever ends weftd ends it too. */
export async function watchTraces(): Promise<TraceWatch> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'nft', 'monitor', 'trace'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: commandEnvironment(),
  })
  const lines: string[] = []
  const state = { hasEnded: false }
  let wake: () => void = () => undefined
  const end = (): void => {
    state.hasEnded = true
    wake()
  }
  child.once('error', end).once('exit', end)
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    wake()
  })
  // weftd does not stay for it.
  child.unref()
  ;(child.stdout as unknown as { unref?: () => void }).unref?.()
  const until = async (holds: (lines: readonly string[]) => boolean, limitMs: number): Promise<boolean> => {
    const limit = performance.now() + limitMs
    while (!holds(lines)) {
      const left = limit - performance.now()
      if (state.hasEnded || left <= 0) return false
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return true
  }
  for (let waited = 0; !listensToKernel(child.pid ?? 0, NETLINK_GROUPS.traces); waited += 10) {
    if (state.hasEnded || waited > START_LIMIT_MS) {
      child.kill('SIGKILL')
      throw new WeftError(
        'unsupported',
        'the kernel does not tell of packets: nft monitor trace did not begin',
      )
    }
    await sleep(10)
  }
  return {
    lines: () => lines,
    until,
    stop: () => {
      child.kill('SIGKILL')
    },
  }
}
