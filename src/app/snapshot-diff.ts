/**
 * What changed between two snapshots, as a learner would read a diff of two `ifconfig` dumps: only objects that changed, each
 * under its heading, with a little context.
 */
import { SNAPSHOT_SECTIONS, type Snapshot } from '../core/host/snapshot.ts'

export interface SectionDiff {
  readonly section: string
  /** Each with ' ', '-' or '+' in front. */
  readonly lines: readonly string[]
}

/** Unchanged lines kept around a changed one. */
const CONTEXT_LINES = 2

/** Sections without a change are left out. */
export function diffSnapshots(before: Snapshot, after: Snapshot): SectionDiff[] {
  return SNAPSHOT_SECTIONS.flatMap((section) => {
    const lines = diffObjects(before[section], after[section])
    return lines.length === 0 ? [] : [{ section, lines }]
  })
}

/** Both snapshots cut down to what the diff shows: the history keeps what changed, not the whole host twice. */
export function narrowSnapshots(before: Snapshot, after: Snapshot): { before: Snapshot; after: Snapshot } {
  const diffs = new Map(diffSnapshots(before, after).map((diff) => [diff.section, diff.lines]))
  const side = (sign: string): Snapshot => {
    const sections = SNAPSHOT_SECTIONS.map((section) => [
      section,
      (diffs.get(section) ?? [])
        .filter((l) => l.startsWith(' ') || l.startsWith(sign))
        .map((l) => l.slice(1)),
    ])
    return Object.fromEntries(sections) as Snapshot
  }
  return { before: side('-'), after: side('+') }
}

/**
 * What happened since to what the change did, in sentences; nothing when it all still stands. An object that the change made must be
 * as it was made: whatever was added to it (a plug in a bridge, a rule in a table) would go with it.
 */
export function touchedSince(before: Snapshot, after: Snapshot, now: Snapshot): string[] {
  return SNAPSHOT_SECTIONS.flatMap((section) => {
    const was = objectsOf(before[section])
    const left = objectsOf(after[section])
    const is = objectsOf(now[section])
    return [...new Set([...was.keys(), ...left.keys()])].flatMap((heading) =>
      touchedObject(heading, was.get(heading), left.get(heading) ?? [], is.get(heading) ?? []),
    )
  })
}

function touchedObject(
  heading: string,
  was: readonly string[] | undefined,
  left: readonly string[],
  is: readonly string[],
): string[] {
  const name = (line: string): string =>
    line === heading ? heading.trim() : `${heading.trim()}: ${line.trim()}`
  const without = (lines: readonly string[], others: readonly string[]): string[] =>
    lines.filter((line) => !others.includes(line))
  const missing = without(without(left, was ?? []), is)
  const back = without(was ?? [], left).filter((line) => is.includes(line))
  const added = was === undefined ? without(is, left) : []
  return [
    ...missing.map((line) => `'${name(line)}' is not there any more`),
    ...back.map((line) => `'${name(line)}' is back`),
    ...added.map((line) => `'${name(line)}' was added`),
  ]
}

/** Heading (a line that is not indented) → the lines of the object, heading included. Repeated headings are joined. */
function objectsOf(lines: readonly string[]): Map<string, string[]> {
  const objects = new Map<string, string[]>()
  let current: string[] = []
  for (const line of lines) {
    if (!/^\s/.test(line)) {
      current = objects.get(line) ?? []
      objects.set(line, current)
    }
    current.push(line)
  }
  return objects
}

function diffObjects(before: readonly string[], after: readonly string[]): string[] {
  const isFlat = [...before, ...after].every((line) => !/^\s/.test(line))
  if (isFlat) return diffLines(before, after)
  const [old, fresh] = [objectsOf(before), objectsOf(after)]
  const headings = [...fresh.keys(), ...[...old.keys()].filter((heading) => !fresh.has(heading))]
  return headings.flatMap((heading) => diffLines(old.get(heading) ?? [], fresh.get(heading) ?? []))
}

/** Nothing when both are the same, else signed lines with context and the headings above each change. */
function diffLines(old: readonly string[], fresh: readonly string[]): string[] {
  let start = 0
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1
  if (start === old.length && start === fresh.length) return []
  let end = 0
  const shorter = Math.min(old.length, fresh.length) - start
  while (end < shorter && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1
  // An object that came or went as a whole: nothing to search, nothing to leave out.
  if (old.length === 0) return fresh.map((line) => `+${line}`)
  if (fresh.length === 0) return old.map((line) => `-${line}`)
  const middle = signLines(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end))
  const same = (lines: readonly string[]): string[] => lines.map((line) => ` ${line}`)
  return withContext([...same(fresh.slice(0, start)), ...middle, ...same(fresh.slice(fresh.length - end))])
}

/** More changes than anybody reads line by line. */
const MOST_EDITS = 400

/** How far into the old lines each diagonal (old position minus new position) can be reached with so many edits. */
type Reach = ReadonlyMap<number, number>

/** The shortest edit, searched as Myers does: the cost grows with the number of changes, not with the square of the length. */
function signLines(old: readonly string[], fresh: readonly string[]): string[] {
  const reaches: Reach[] = [new Map([[1, 0]])]
  for (let edits = 0; edits <= MOST_EDITS; edits += 1) {
    const before = reaches.at(-1) ?? new Map<number, number>()
    const reach = new Map<number, number>()
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = stepOf(before, diagonal, edits).x
      while (x < old.length && x - diagonal < fresh.length && old[x] === fresh[x - diagonal]) x += 1
      reach.set(diagonal, x)
    }
    reaches.push(reach)
    if ((reach.get(old.length - fresh.length) ?? -1) >= old.length) return walkBack(reaches, old, fresh)
  }
  return [...old.map((line) => `-${line}`), ...fresh.map((line) => `+${line}`)]
}

/** Onto a diagonal by adding a line (from the one above) or by taking one away (from the one below). */
function stepOf(before: Reach, diagonal: number, edits: number): { x: number; isAdded: boolean } {
  const [taken, added] = [before.get(diagonal - 1) ?? -1, before.get(diagonal + 1) ?? -1]
  const isAdded = diagonal === -edits || (diagonal !== edits && taken < added)
  return { x: isAdded ? Math.max(added, 0) : taken + 1, isAdded }
}

function walkBack(reaches: readonly Reach[], old: readonly string[], fresh: readonly string[]): string[] {
  const signed: string[] = []
  let x = old.length
  let y = fresh.length
  for (let edits = reaches.length - 2; edits >= 0; edits -= 1) {
    const { x: from, isAdded } = stepOf(reaches[edits] ?? new Map<number, number>(), x - y, edits)
    for (; x > from; x -= 1, y -= 1) signed.push(` ${old[x - 1] ?? ''}`)
    if (edits === 0) break
    signed.push(isAdded ? `+${fresh[y - 1] ?? ''}` : `-${old[x - 1] ?? ''}`)
    if (isAdded) y -= 1
    else x -= 1
  }
  return signed.reverse()
}

/**
 * Keeps changed lines, their neighbours, and every less indented line that leads to them; and lines that read like a changed one, so that
 * of two `reject` the one that stayed is still known to be there.
 */
function withContext(signed: readonly string[]): string[] {
  const changed = new Set(signed.filter((line) => !line.startsWith(' ')).map((line) => line.slice(1)))
  const keep = new Set([...signed.keys()].filter((index) => changed.has((signed[index] ?? '').slice(1))))
  for (const index of [...keep]) keepHeadings(signed, index, keep)
  for (const [index, line] of signed.entries()) {
    if (line.startsWith(' ')) continue
    for (let near = index - CONTEXT_LINES; near <= index + CONTEXT_LINES; near += 1) keep.add(near)
  }
  return signed.filter((_, index) => keep.has(index))
}

function keepHeadings(signed: readonly string[], index: number, keep: Set<number>): void {
  let depth = indent(signed[index] ?? '')
  for (let above = index - 1; above >= 0 && depth > 0; above -= 1) {
    const line = signed[above] ?? ''
    if (indent(line) >= depth) continue
    depth = indent(line)
    keep.add(above)
  }
}

const indent = (signed: string): number => signed.slice(1).search(/\S|$/)
