/** Two texts line by line, as diff(1) tells it. */

const CONTEXT = 2

/** Lines with ' ', '-' or '+' in front, those around changed ones too; nothing when both are the same. */
export function lineDiff(before: readonly string[], after: readonly string[]): string[] {
  const all = aligned(before, after)
  const changed = all.flatMap((line, i) => (line.startsWith(' ') ? [] : [i]))
  return all.filter((_, i) => changed.some((at) => Math.abs(at - i) <= CONTEXT))
}

/** By the longest lines that both have in one order. */
function aligned(before: readonly string[], after: readonly string[]): string[] {
  const common = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = common[i]
      if (row !== undefined)
        row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(` ${before[i] ?? ''}`)
      i += 1
      j += 1
    } else if (i < before.length && (j >= after.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`-${before[i] ?? ''}`)
      i += 1
    } else {
      lines.push(`+${after[j] ?? ''}`)
      j += 1
    }
  }
  return lines
}
