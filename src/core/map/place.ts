/** Where things stand in the drawn picture: a column for each step from the outside, and no two boxes on one another. */
import type { MapNode, NetMap } from './map.ts'
import { wrapWords } from '../wrap.ts'
import { spanMap, type Branch } from './span.ts'

/** In pixels, the corner at the upper left. */
export interface Box {
  readonly node: MapNode
  readonly lines: readonly string[]
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Placed {
  readonly boxes: readonly Box[]
  readonly width: number
  readonly height: number
}

/** Of the letters: monospace of 12 px is 7.25 px wide in all usual fonts, rounded up. */
export const LETTER = 7.3
export const LINE = 16
export const PAD = 8
const COLUMN_GAP = 90
const ROW_GAP = 12
const MARGIN = 16
/** Letters in a line of a box. */
const WIDEST = 36

export function placeMap(map: NetMap): Placed {
  const columns: number[] = []
  const sized = spanMap(map).map((root) => size(root, 0, columns))
  const lefts = columns.map((_, i) =>
    columns.slice(0, i).reduce((sum, width) => sum + width + COLUMN_GAP, MARGIN),
  )
  const boxes: Box[] = []
  let y = MARGIN
  for (const root of sized) y = place(root, { y, lefts, columns, boxes }) + ROW_GAP
  return {
    boxes,
    width: (lefts.at(-1) ?? MARGIN) + (columns.at(-1) ?? 0) + MARGIN,
    height: y - ROW_GAP + MARGIN,
  }
}

interface Sized {
  readonly node: MapNode
  readonly lines: readonly string[]
  readonly column: number
  readonly height: number
  readonly branches: readonly Sized[]
}

/** Widens the columns as it goes. What stands elsewhere already has no box here. */
function size({ node, branches }: Branch, column: number, columns: number[]): Sized {
  const lines = [node.title, ...[...node.facts, ...node.trouble].flatMap((text) => wrapWords(text, WIDEST))]
  const letters = Math.max(...lines.map(({ length }) => length))
  columns[column] = Math.max(columns[column] ?? 0, Math.ceil(letters * LETTER) + 2 * PAD)
  return {
    node,
    lines,
    column,
    height: lines.length * LINE + 2 * PAD,
    branches: branches.filter(({ isAgain }) => !isAgain).map((each) => size(each, column + 1, columns)),
  }
}

interface Sheet {
  readonly y: number
  readonly lefts: readonly number[]
  readonly columns: readonly number[]
  readonly boxes: Box[]
}

/** The lower edge of it and all that hangs on it. It stands in the middle of that. */
function place({ node, lines, column, height, branches }: Sized, sheet: Sheet): number {
  let below = sheet.y
  for (const each of branches) below = place(each, { ...sheet, y: below }) + ROW_GAP
  const span = Math.max(height, below - ROW_GAP - sheet.y)
  sheet.boxes.push({
    node,
    lines,
    x: sheet.lefts[column] ?? 0,
    y: sheet.y + Math.round((span - height) / 2),
    width: sheet.columns[column] ?? 0,
    height,
  })
  return sheet.y + span
}
