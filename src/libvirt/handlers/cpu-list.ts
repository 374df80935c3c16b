/** Processors in a line of text, as libvirt writes them: `0-3,7`, and `^2` for one that is not meant. */
import { fail } from './failures.ts'

/** No machine has more. */
const MOST = 16_384

/** In their order, each once. */
export function readCpuList(text: string): number[] {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const [, not = '', first = '', last = first] = /^\s*(\^?)(\d+)(?:-(\d+))?\s*$/.exec(part) ?? []
    const from = Number(first)
    const to = Number(last)
    if (first === '' || to < from || to >= MOST)
      throw fail('invalidArgument', 'none', `Failed to parse bitmap '${text}'`)
    for (let cpu = from; cpu <= to; cpu++)
      if (not === '') found.add(cpu)
      else found.delete(cpu)
  }
  return [...found].sort((a, b) => a - b)
}

export function formatCpuList(cpus: readonly number[]): string {
  const runs: [number, number][] = []
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run?.[1] === cpu - 1) run[1] = cpu
    else runs.push([cpu, cpu])
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${String(from)}-${String(to)}`)).join(',')
}
