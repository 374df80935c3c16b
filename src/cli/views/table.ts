/** Tables as virsh prints them: a heading, a rule, one line an object; no tabs, so that `awk` and eyes read the same. */

export interface TableOptions {
  /** Columns of the terminal; undefined: as wide as it gets. */
  readonly width: number | undefined
}

/** Too wide for the terminal: the widest column gives way, down to its heading, and what was cut ends in `…`. */
export function formatTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  { width }: TableOptions,
): string {
  const widths = heading.map((title, column) =>
    Math.max(textWidth(title), ...rows.map((row) => textWidth(row[column] ?? ''))),
  )
  if (width !== undefined) narrow(widths, heading.map(textWidth), width)
  const total = Math.min(lineWidth(widths), width ?? Infinity)
  const lines = [heading, ...rows].map((row) => formatRow(row, widths))
  return `${[lines[0], '-'.repeat(total), ...lines.slice(1)].join('\n')}\n`
}

const GAP = '   '
/** Of the rule, as virsh draws it: one column before and two after the text. */
const lineWidth = (widths: readonly number[]): number =>
  widths.reduce((sum, each) => sum + each + GAP.length, 0)

function narrow(widths: number[], least: readonly number[], width: number): void {
  for (;;) {
    const excess = lineWidth(widths) - (GAP.length - 1) - width
    const shrinkable = widths.map((each, column) => (each > Math.max(least[column] ?? 0, 8) ? each : 0))
    const widest = Math.max(...shrinkable)
    if (excess <= 0 || widest === 0) return
    widths[shrinkable.indexOf(widest)] = widest - 1
  }
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const cells = widths.map((each, column) => padded(cut(row[column] ?? '', each), each))
  return ` ${cells.join(GAP)}`.trimEnd()
}

const cut = (text: string, width: number): string =>
  textWidth(text) > width
    ? `${Array.from(text)
        .slice(0, width - 1)
        .join('')}…`
    : text
const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - textWidth(text)))
const textWidth = (text: string): number => Array.from(text).length

/** `label   value` lines with the values under each other. */
export function formatFacts(facts: readonly (readonly [label: string, value: string])[]): string {
  const widest = Math.max(...facts.map(([label]) => textWidth(label)))
  return facts.map(([label, value]) => `${padded(`${label}:`, widest + 1)}  ${value}\n`).join('')
}

export const yesNo = (value: boolean): string => (value ? 'yes' : 'no')
