/** Contestants take turns (A B C A B C ...), so that a noisy machine is equally unkind to all. */
import { performance } from 'node:perf_hooks'
import type { CpuGroup } from './cpu.ts'
import { medianSample, printTable, short, type Sample } from './table.ts'
import { pause } from './world.ts'

export interface Contestant {
  readonly name: string
  readonly cpu: CpuGroup
  /** One round: named operations in order; each is measured. */
  readonly operations: readonly (readonly [operation: string, run: () => Promise<unknown>])[]
}

/** What goes on after the answer (a dnsmasq waking up, say) belongs to the operation that caused it. */
const SETTLE_MS = 40

/** Answers with the median of each operation/contestant. */
export async function contest(
  title: string,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<(operation: string, name: string) => Sample> {
  const samples = new Map<string, Sample[]>()
  // The first round warms caches and is not counted.
  for (let round = -1; round < rounds; round++) {
    for (const contestant of contestants) {
      for (const [operation, run] of contestant.operations) {
        const sample = await measure(contestant.cpu, run)
        const key = `${operation}/${contestant.name}`
        if (round >= 0) samples.set(key, [...(samples.get(key) ?? []), sample])
      }
    }
  }
  report(title, contestants, samples)
  return (operation, name) => medianSample(samples.get(`${operation}/${name}`) ?? [])
}

async function measure(cpu: CpuGroup, run: () => Promise<unknown>): Promise<Sample> {
  const cpuBefore = cpu.usedMs()
  const from = performance.now()
  await run()
  const wallMs = performance.now() - from
  await pause(SETTLE_MS)
  return { wallMs, cpuMs: cpu.usedMs() - cpuBefore }
}

/** One line an operation: wall/cpu of each contestant, and the ratio of each to the first. */
function report(
  title: string,
  contestants: readonly Contestant[],
  samples: ReadonlyMap<string, Sample[]>,
): void {
  const [reference] = contestants
  if (reference === undefined) return
  const rows = reference.operations.map(([operation]) => {
    const medians = contestants.map((each) => medianSample(samples.get(`${operation}/${each.name}`) ?? []))
    const base = medians[0] ?? { wallMs: Number.NaN, cpuMs: Number.NaN }
    return [
      operation,
      ...medians.map((each) => `${short(each.wallMs)}/${short(each.cpuMs)}`),
      ...medians
        .slice(1)
        .map((each) => `${short(each.wallMs / base.wallMs)}/${short(each.cpuMs / base.cpuMs)}`),
    ]
  })
  const names = contestants.map((each) => each.name)
  const ratios = names.slice(1).map((name) => `${name} / ${reference.name}`)
  printTable(`${title} (wall/cpu, ms, medians)`, ['', ...names, ...ratios], rows)
}
