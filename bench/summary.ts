/** What the run found, beside what weft set itself: printed at the end, judged by whoever reads it. */
import { printTable, short } from './table.ts'

interface Finding {
  readonly what: string
  readonly found: string
  readonly goal: string
}

const findings: Finding[] = []
const figures = new Map<string, number>()

/** `found` is a ratio or a figure with its unit. */
export function note(what: string, found: number | string, goal: string): void {
  findings.push({ what, found: typeof found === 'number' ? `${short(found)}x` : found, goal })
}

/** Figures that a later part of the run is compared with. */
export function keep(name: string, value: number): void {
  figures.set(name, value)
}

export function kept(name: string): number {
  return figures.get(name) ?? Number.NaN
}

export function printSummary(): void {
  if (findings.length === 0) return
  printTable(
    'Summary: what was found, and the goal',
    ['', 'found', 'goal'],
    findings.map(({ what, found, goal }) => [what, found, goal]),
  )
}
