/** What links carry and how it is queued: asked of the kernel when somebody wants to know, and at no other time. */
import type { LinkCounters, Count } from '../core/host/counters.ts'
import { leastBurst, type Impairment, type SeenQueue } from '../core/network/bridge/impairment.ts'
import { runCommand } from './run-command.ts'
import { createTalkingProcess } from './talking-process.ts'

export interface TrafficEyes {
  /** By interface, of every link. */
  counters(): Promise<ReadonlyMap<string, LinkCounters>>
  close(): void
}

interface RawCount {
  readonly bytes: number
  readonly packets: number
  readonly dropped: number
  readonly errors: number
}

interface RawCountedLink {
  readonly ifname?: string
  readonly qdisc?: string
  readonly stats64?: { readonly rx: RawCount; readonly tx: RawCount }
}

/** tc counts bytes a second and seconds. */
interface RawQueue {
  readonly kind: string
  readonly handle: string
  readonly dev: string
  readonly root?: boolean
  readonly options?: {
    readonly burst?: number
    /** Of the peak. What the peak is tc keeps from JSON. */
    readonly minburst?: number
    readonly rate?: number | { readonly rate: number }
    readonly delay?: { readonly delay: number }
    readonly 'loss-random'?: { readonly loss: number }
  }
}

export function createTrafficEyes(): TrafficEyes {
  // Somebody who watches asks every second: the second answer costs a third of the first.
  const showing = createTalkingProcess('exec ip -j -s -force -batch - 2>&1')
  return {
    async counters() {
      const { text } = await showing.ask('link show\n', isWholeAnswer)
      const links = JSON.parse(text.startsWith('[') ? text : await listOnce()) as readonly RawCountedLink[]
      return new Map(links.flatMap(countersOf))
    },
    close: () => {
      showing.close()
    },
  }
}

/** Every interface's root queue. */
export async function listQueues(): Promise<readonly SeenQueue[]> {
  const { stdout } = await runCommand(['tc', '-j', 'qdisc', 'show'])
  const raw = JSON.parse(stdout === '' ? '[]' : stdout) as readonly RawQueue[]
  const hasPeak = raw.some(({ options }) => options?.minburst !== undefined)
  const peaks = hasPeak
    ? peaksOf((await runCommand(['tc', 'qdisc', 'show'])).stdout)
    : new Map<string, number>()
  return raw.flatMap((queue) => queueOf(queue, peaks.get(queue.dev)))
}

/** `qdisc tbf 7ef1: dev vnet0 root refcnt 2 rate 8Mbit burst 64Kb peakrate 40Mbit ...`, by interface. */
function peaksOf(text: string): Map<string, number> {
  const found = [...text.matchAll(/^qdisc tbf \S+ dev (\S+) root .* peakrate (\S+)bit /gm)]
  return new Map(found.map(([, name = '', rate = '']): [string, number] => [name, bitsOf(rate)]))
}

function bitsOf(rate: string): number {
  return Number.parseFloat(rate) * 1000 ** Math.max(0, 'KMGT'.indexOf(rate.at(-1) ?? '') + 1)
}

async function listOnce(): Promise<string> {
  return (await runCommand(['ip', '-j', '-s', 'link', 'show'])).stdout
}

/** JSON without line breaks, then one; or a failure. */
function isWholeAnswer(tail: string): boolean {
  return tail.endsWith(']\n') || /Command failed -:\d+\n$/.test(tail)
}

/** A link that goes away while ip lists leaves an empty object. */
function countersOf({ ifname, qdisc, stats64 }: RawCountedLink): [string, LinkCounters][] {
  if (ifname === undefined || stats64 === undefined) return []
  const { rx, tx } = stats64
  const errors = { rx: rx.errors, tx: tx.errors }
  return [[ifname, { rx: countOf(rx), tx: countOf(tx), errors, queue: qdisc ?? '' }]]
}

const countOf = ({ bytes, packets, dropped }: RawCount): Count => ({ bytes, packets, drops: dropped })

function queueOf({ kind, handle, dev, root, options }: RawQueue, peakBits: number | undefined): SeenQueue[] {
  if (root !== true) return []
  const impairment = impairmentOf(kind, options)
  const peak =
    impairment === undefined || peakBits === undefined ? {} : { impairment: { ...impairment, peakBits } }
  return [{ interface: dev, kind, handle, impairment, ...peak }]
}

function impairmentOf(kind: string, options: RawQueue['options']): Impairment | undefined {
  if ((kind !== 'tbf' && kind !== 'netem') || options === undefined) return undefined
  const rate = typeof options.rate === 'number' ? options.rate : (options.rate?.rate ?? 0)
  return {
    delayMs: rounded((options.delay?.delay ?? 0) * 1000),
    lossPercent: rounded((options['loss-random']?.loss ?? 0) * 100),
    rateBits: rate * 8,
    ...burstOf(rate * 8, options.burst ?? 0),
  }
}

/** Only one that is more than weft gives anyway. The kernel keeps it as a time, so it comes back a little off. */
function burstOf(rateBits: number, burst: number): Pick<Impairment, 'burstBytes'> {
  return burst > leastBurst(rateBits) * 1.01 ? { burstBytes: burst } : {}
}

/** The kernel keeps parts of 2^32: 1 % comes back as 0.99999998. */
const rounded = (value: number): number => Number(value.toFixed(3))
