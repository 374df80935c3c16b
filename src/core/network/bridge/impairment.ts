/** A worse cable on purpose: the queue of a link delays packets, loses some, or holds them to a rate. plan-queue.ts says which link. */
import { WeftError } from '../../errors.ts'
import { run, type RunAction } from '../../plan/action.ts'
import type { Step } from '../../plan/plan.ts'

/** 0: not at all. */
export interface Impairment {
  readonly delayMs: number
  readonly lossPercent: number
  readonly rateBits: number
  /** How fast a burst may be, and how long: only beside a rate. */
  readonly peakBits?: number
  readonly burstBytes?: number
}

/** The root queue of an interface, as `tc qdisc` shows it. */
export interface SeenQueue {
  readonly interface: string
  readonly kind: string
  /** `0:` for the kernel's own default. */
  readonly handle: string
  /** What it does to packets, when it is of a kind that weft makes. */
  readonly impairment: Impairment | undefined
}

export const UNIMPAIRED: Impairment = { delayMs: 0, lossPercent: 0, rateBits: 0 }

/** By its handle a queue of weft's is known. One a kind: the kernel does not exchange a queue for another kind under one handle. */
const HANDLES = { tbf: '7ef1:', netem: '7ef2:' } as const
type QueueKind = keyof typeof HANDLES

/** What a bucket holds at least: the largest packet that a guest is handed in one piece. */
const LEAST_BURST_BYTES = 65_536
/** What waits longer for its turn is thrown away. */
const LATENCY_MS = 50
/** Packets that may be on their way at once: a thousand would be lost within 12 ms of a fast link. */
const LIMIT_PACKETS = 10_000

/** The kind of queue that does it: netem does everything, but only tbf is in every kernel. */
export function queueKindFor({ delayMs, lossPercent, rateBits }: Impairment): QueueKind | undefined {
  if (delayMs > 0 || lossPercent > 0) return 'netem'
  return rateBits > 0 ? 'tbf' : undefined
}

/** `seen` is the interface's root queue. */
export function impairmentOf(seen: SeenQueue | undefined): Impairment {
  return seen !== undefined && isOwn(seen) ? (seen.impairment ?? UNIMPAIRED) : UNIMPAIRED
}

export const isUnimpaired = (impairment: Impairment): boolean => isSame(impairment, UNIMPAIRED)

/** `what`, for people: 'packets reach web'. Throws 'conflict' when somebody else shapes the interface. */
export function impairmentSteps(
  name: string,
  wanted: Impairment,
  seen: SeenQueue | undefined,
  what: string,
): Step[] {
  const now = impairmentOf(seen)
  if (isSame(now, wanted)) return []
  if (seen !== undefined && seen.handle !== '0:' && !isOwn(seen)) {
    throw new WeftError(
      'conflict',
      `'${name}' has a queue that weft did not make: ${seen.kind} ${seen.handle}`,
      {
        hint: `tc qdisc show dev ${name}`,
      },
    )
  }
  const reason = `${what} ${describe(wanted)}`
  return [{ reason, do: setQueue(name, wanted), undo: harmless(setQueue(name, now)) }]
}

/** The link may have gone (1), or there may be no queue any more (2). */
const harmless = (action: RunAction): RunAction => ({ ...action, accept: [1, 2] })

function setQueue(name: string, impairment: Impairment): RunAction {
  const kind = queueKindFor(impairment)
  if (kind === undefined) return run('tc', 'qdisc', 'delete', 'dev', name, 'root')
  const words = kind === 'tbf' ? tbfWords(impairment) : netemWords(impairment)
  return run('tc', 'qdisc', 'replace', 'dev', name, 'root', 'handle', HANDLES[kind], kind, ...words)
}

/** Two refills a tick of the slowest kernel clock fit into the bucket, or the rate would not be reached. */
export function leastBurst(rateBits: number): number {
  return Math.max(LEAST_BURST_BYTES, Math.ceil(rateBits / 8 / 50))
}

function burstOf({ rateBits, burstBytes = 0 }: Impairment): number {
  return Math.max(leastBurst(rateBits), burstBytes)
}

/** The peak has a bucket of its own. */
function tbfWords(impairment: Impairment): string[] {
  const { rateBits, peakBits } = impairment
  const peak =
    peakBits === undefined
      ? []
      : ['peakrate', `${String(peakBits)}bit`, 'minburst', `${String(leastBurst(peakBits))}b`]
  return [
    ...['rate', `${String(rateBits)}bit`, 'burst', `${String(burstOf(impairment))}b`, ...peak],
    ...['latency', `${String(LATENCY_MS)}ms`],
  ]
}

function netemWords({ delayMs, lossPercent, rateBits }: Impairment): string[] {
  return [
    ...['limit', String(LIMIT_PACKETS)],
    ...(delayMs > 0 ? ['delay', `${String(delayMs)}ms`] : []),
    ...(lossPercent > 0 ? ['loss', `${String(lossPercent)}%`] : []),
    ...(rateBits > 0 ? ['rate', `${String(rateBits)}bit`] : []),
  ]
}

/** Tries the kind in a network namespace that ends with the command: nothing is left of it. */
export function probeQueue(kind: QueueKind): RunAction {
  const words =
    kind === 'tbf'
      ? tbfWords({ ...UNIMPAIRED, rateBits: 1_000_000 })
      : netemWords({ ...UNIMPAIRED, delayMs: 1 })
  return run('unshare', '--net', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', kind, ...words)
}

/** The same for the detour of what comes in. */
export function probeDetour(): RunAction {
  const script = [
    'ip link add name probe type ifb && tc qdisc add dev lo ingress &&',
    'tc filter add dev lo parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev probe',
  ]
  return run('unshare', '--net', 'sh', '-c', script.join(' '))
}

/** How the kernel's configuration calls it. */
export const kernelOption = (kind: QueueKind): string => `CONFIG_NET_SCH_${kind.toUpperCase()}`

function isOwn({ kind, handle }: SeenQueue): boolean {
  return (kind === 'tbf' || kind === 'netem') && HANDLES[kind] === handle
}

/** The kernel counts in ticks and in parts of 2^32. */
function isSame(one: Impairment, other: Impairment): boolean {
  const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= Math.max(a, b) / 500
  return (
    isNear(one.delayMs, other.delayMs) &&
    isNear(one.lossPercent, other.lossPercent) &&
    isNear(one.rateBits, other.rateBits) &&
    (queueKindFor(one) !== 'tbf' ||
      (isNear(burstOf(one), burstOf(other)) && isNear(one.peakBits ?? 0, other.peakBits ?? 0)))
  )
}

function describe({ delayMs, lossPercent, rateBits }: Impairment): string {
  const parts = [
    ...(delayMs > 0 ? [`${String(delayMs)} ms late`] : []),
    ...(lossPercent > 0 ? [`${String(lossPercent)} % of them never`] : []),
    ...(rateBits > 0 ? [`no faster than ${String(rateBits / 1_000_000)} Mbit/s`] : []),
  ]
  return parts.length === 0 ? 'in time, all of them, as fast as they come' : parts.join(', ')
}
