/**
 * Hears what others do to the host, without polling: `nft monitor` tells when weft's table is flushed, `ip monitor` of links, addresses,
 * routes and forwarding. What a burst of it is about ends in one call of `onChange`, a moment later and never twice at once.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { bothTouched, EVERYTHING, NOTHING, type Touched } from '../app/touched.ts'
import { listensToKernel, NETLINK_GROUPS } from '../host/netlink-listeners.ts'
import type { Heard } from '../host/mirror.ts'

/** Long enough to gather a burst of events into one look, far below the second weft promises. */
const GATHER_MS = 50

export interface HostWatch {
  /** Something happened that the kernel does not tell. */
  touch(touched: Touched): void
  stop(): void
}

/** A monitor says nothing when it is ready: this long it mostly takes, and then it is looked whether it listens. */
const READY_MS = 500

/** Memory of the kernel's state: told every line, and whether lines can be relied on. */
export interface Listener {
  hear(line: string): Heard
  trust(isHeard: boolean): void
}

export function watchHost(
  listener: Listener,
  onChange: (touched: Touched) => Promise<void>,
  log: (line: string) => void,
): HostWatch {
  const gather = gatherer(onChange, log)
  const listen = (line: string): void => {
    const { links = [], tableBy, neighbourBy, isForwarding = false, isWayOut = false } = listener.hear(line)
    const isTables = tableBy !== undefined || neighbourBy !== undefined
    if (links.length === 0 && !isTables && !isForwarding && !isWayOut) return
    gather.touch({ ...NOTHING, links: new Set(links), tableBy, neighbourBy, isForwarding, isWayOut })
  }
  const ready = new Map<number, boolean>()
  const onState = (which: number) => (isListening: boolean) => {
    ready.set(which, isListening)
    const isHeard = ready.get(0) === true && ready.get(1) === true
    listener.trust(isHeard)
    // What happened before they listened was told to nobody.
    if (isHeard || !isListening) gather.touch(EVERYTHING)
  }
  const nft = monitor(
    { argv: ['nft', 'monitor'], groups: NETLINK_GROUPS.tables },
    { onLine: listen, onState: onState(0) },
    log,
  )
  const links = ['ip', '-o', 'monitor', 'link', 'address', 'route', 'rule', 'netconf'] as const
  const ip = monitor(
    { argv: links, groups: NETLINK_GROUPS.any },
    { onLine: listen, onState: onState(1) },
    log,
  )
  const monitors = [nft, ip]
  return {
    touch: (touched) => {
      gather.touch(touched)
    },
    stop: () => {
      gather.stop()
      for (const each of monitors) each.stop()
    },
  }
}

/** Runs the work once per burst, with all that was touched; what arrives while it runs makes it run once more. */
export function gatherer(
  work: (touched: Touched) => Promise<void>,
  log: (line: string) => void,
): { touch(more: Touched): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  let running = false
  let gathered: Touched | undefined
  const go = async (): Promise<void> => {
    const touched = gathered ?? NOTHING
    timer = gathered = undefined
    running = true
    try {
      await work(touched)
    } catch (error) {
      log(`could not look after the host: ${error instanceof Error ? error.message : String(error)}`)
    }
    running = false
    if (isMoreTouched()) touch(NOTHING)
  }
  /** While the work ran. */
  const isMoreTouched = (): boolean => gathered !== undefined
  const touch = (more: Touched): void => {
    gathered = gathered === undefined ? more : bothTouched(gathered, more)
    if (!running) timer ??= setTimeout(() => void go(), GATHER_MS)
  }
  return {
    touch,
    stop: () => {
      clearTimeout(timer)
    },
  }
}

interface Ears {
  readonly onLine: (line: string) => void
  /** It hears the kernel from now on, or not any more. */
  readonly onState: (isListening: boolean) => void
}

/**
 * Keeps one monitor command running. When it ends by itself (the kernel drops a slow listener's messages) something may have been
 * missed, so the end counts as an event too.
 */
function monitor(
  { argv, groups }: { readonly argv: readonly [string, ...string[]]; readonly groups: number },
  { onLine, onState }: Ears,
  log: (line: string) => void,
): { stop(): void } {
  let child: ChildProcess | undefined
  let isStopped = false
  let ready: NodeJS.Timeout | undefined
  const start = (): void => {
    const started = Date.now()
    const [program, ...rest] = argv
    child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    })
    child.on('error', (error) => {
      clearTimeout(ready)
      log(`could not run '${argv.join(' ')}': ${error.message}`)
    })
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', onLine)
    }
    const pid = child.pid ?? 0
    const look = (): void => {
      if (listensToKernel(pid, groups)) onState(true)
      else ready = setTimeout(look, READY_MS).unref()
    }
    ready = setTimeout(look, READY_MS).unref()
    child.on('exit', () => {
      if (isStopped) return
      log(`'${argv.join(' ')}' ended; starting it again`)
      clearTimeout(ready)
      onState(false)
      setTimeout(start, Date.now() - started < 1000 ? 5000 : 0).unref()
    })
  }
  start()
  return {
    stop: () => {
      isStopped = true
      child?.kill()
    },
  }
}
