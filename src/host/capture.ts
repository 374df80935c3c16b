/**
 * Packets of one interface through tcpdump: as a user of its own with no right but to look at packets, within limits, and never
 * longer than somebody listens. Whatever ends weftd ends it too.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Capture, CaptureEnd, CaptureOrder } from '../app/ports.ts'
import { WeftError } from '../core/errors.ts'
import { commandEnvironment, missingProgram } from './command-error.ts'
import { readTable } from './facts.ts'
import { findProgram } from './programs.ts'

type Child = ChildProcessByStdio<null, Readable, Readable>

/** Opening an interface takes milliseconds; a name in the filter may have to be asked of a name server. */
const START_LIMIT_MS = 15_000
const GRACE_MS = 2000
/** What tcpdump says besides packets is three lines. */
const MAX_SAID = 4000

/** Resolves as soon as packets are seen. Throws 'missing-program', or 'invalid-argument' with what tcpdump says about the filter. */
export async function startCapture(order: CaptureOrder): Promise<Capture> {
  if (findProgram('tcpdump') === undefined) throw missingProgram('tcpdump')
  const [program = '', ...args] = [...confinement(), ...tcpdumpArgv(order)]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: commandEnvironment() })
  const said = listen(child)
  let hasTimedOut = false
  let force: NodeJS.Timeout | undefined
  // It counts what it has seen before it ends, unless a reader who does not read keeps it from ending.
  const stop = (): void => {
    child.kill('SIGTERM')
    force ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref()
  }
  const ended = once(child, 'close').then(() => readEnd(said(), hasTimedOut))
  await whenListening(child, order, said)
  const limit = setTimeout(() => {
    hasTimedOut = true
    stop()
  }, order.seconds * 1000)
  child.once('exit', () => {
    clearTimeout(limit)
    clearTimeout(force)
  })
  return { packets: child.stdout, stop, ended }
}

/**
 * From its first moment on another user: a tcpdump that changes users by itself (-Z) would lose the signal that ends it when weftd has
 * died. `weft-qemu` is out of the question: it may do what it likes to the guests.
 */
function confinement(): string[] {
  const users = readTable('/etc/passwd')
  const [, , uid = '65534', gid = '65534'] = users.find(([name]) => name === 'tcpdump') ?? []
  return [
    'setpriv',
    ...[`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    ...['--inh-caps=-all,+net_raw', '--ambient-caps=-all,+net_raw', '--bounding-set=-all,+net_raw'],
    ...['--no-new-privs', '--pdeathsig', 'KILL', '--'],
  ]
}

/** Not promiscuous: a bridge's port is already, and nothing about the link is to change. */
function tcpdumpArgv({ interface: name, filter, count, snapLength, format }: CaptureOrder): string[] {
  return [
    ...['tcpdump', '-i', name, '-p', '-n', '--immediate-mode'],
    ...['-s', String(snapLength), '-c', String(count)],
    ...(format === 'pcap' ? ['-U', '-w', '-'] : ['-l', '-tt']),
    // Whatever the expression begins with, it is no option.
    ...(filter === undefined ? [] : ['--', filter]),
  ]
}

function listen(child: Child): () => string {
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < MAX_SAID) said += text
  })
  return () => said
}

async function whenListening(child: Child, order: CaptureOrder, said: () => string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const limit = setTimeout(() => {
    child.kill('SIGKILL')
    reject(new WeftError('timeout', 'tcpdump did not begin in time', { details: [['it said', said()]] }))
  }, START_LIMIT_MS)
  child.once('error', (error) => {
    reject(missingProgram('setpriv', error))
  })
  child.stderr.on('data', () => {
    if (/^(tcpdump: )?listening on /m.test(said())) resolve(undefined)
  })
  child.once('close', () => {
    reject(refusal(order, said()))
  })
  try {
    await promise
  } finally {
    clearTimeout(limit)
  }
}

function refusal({ interface: name, filter }: CaptureOrder, said: string): WeftError {
  const words = said.replace(/^tcpdump: /gm, '').trim()
  if (filter !== undefined && /filter|expression|syntax|unknown host|primitive|protocol/i.test(words)) {
    return new WeftError('invalid-argument', `'${filter}' is not a filter that tcpdump understands`, {
      details: [['it said', words]],
      hint: 'man pcap-filter; for instance: icmp or arp, port 53, host 192.168.122.7 and tcp',
    })
  }
  return new WeftError('command-failed', `could not look at the packets of '${name}'`, {
    details: [['it said', words === '' ? 'nothing' : words]],
  })
}

/** `3 packets captured`, `0 packets dropped by kernel`, and what was wrong if something was. */
function readEnd(said: string, hasTimedOut: boolean): CaptureEnd {
  const number = (pattern: RegExp): number => Number(pattern.exec(said)?.[1] ?? 0)
  const isGone = /interface (disappeared|went down)|network is down|No such device/i.test(said)
  return {
    because: isGone ? 'gone' : hasTimedOut ? 'time' : 'ended',
    captured: number(/(\d+) packets? captured/),
    dropped: number(/(\d+) packets? dropped by kernel/),
  }
}
