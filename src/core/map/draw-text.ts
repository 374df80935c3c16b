/** The picture for a terminal: trees from the outside to the guests. */
import type { NetMap } from './map.ts'
import { spanMap, type Branch } from './span.ts'

export function drawText(map: NetMap, width: number): string {
  const lines = spanMap(map).flatMap((root) => drawBranch(root, { first: '', rest: '' }, width))
  return lines.map((line) => `${line}\n`).join('')
}

/** What stands before a branch: on its first line, and on those below. */
interface Margin {
  readonly first: string
  readonly rest: string
}

function drawBranch(branch: Branch, margin: Margin, width: number): string[] {
  const { node, edge, branches } = branch
  const [only] = branches
  // A cable and the guest on it are one line.
  const isOneLine = node.kind === 'plug' && branches.length === 1 && only?.branches.length === 0
  const by = edge === undefined || edge.by === null ? '' : `${edge.by}: `
  const guest = isOneLine ? ` ── ${named(only)}` : ''
  const facts = [...node.facts, ...(isOneLine && !only.isAgain ? only.node.facts : [])]
  const below = isOneLine ? [] : branches
  const stem = `${margin.rest}${below.length === 0 ? ' ' : '│'}  `
  return [
    ...fill(`${margin.first}${by}${named(branch)}${guest}`, branch.isAgain ? [] : facts, stem, width),
    ...node.trouble.flatMap((sentence) => fill(`${stem}!`, sentence.split(' '), `${stem}  `, width, ' ')),
    ...below.flatMap((each, i) => {
      const isLast = i === below.length - 1
      const next = {
        first: `${margin.rest}${isLast ? '└─ ' : '├─ '}`,
        rest: `${margin.rest}${isLast ? '   ' : '│  '}`,
      }
      return drawBranch(each, next, width)
    }),
  ]
}

/** Kinds that the name does not tell. */
const TOLD: ReadonlySet<string> = new Set(['nic', 'bridge', 'tap', 'veth', 'machine', 'program'])

function named({ node: { title, type }, isAgain }: Branch): string {
  const kind = TOLD.has(type) || title.includes(type) ? '' : ` (${type})`
  return `${title}${kind}${isAgain ? ', as above' : ''}`
}

/** As many pieces to a line as go there. */
function fill(
  begin: string,
  pieces: readonly string[],
  indent: string,
  width: number,
  between = ', ',
): string[] {
  const lines = [begin]
  pieces.forEach((piece, i) => {
    const isLast = i === pieces.length - 1
    const text = isLast ? piece : `${piece}${between.trimEnd()}`
    const last = lines.at(-1) ?? ''
    const gap = i === 0 ? (between === ' ' ? ' ' : '  ') : ' '
    if (last.length + gap.length + text.length <= width) lines[lines.length - 1] = `${last}${gap}${text}`
    else lines.push(`${indent}${' '.repeat(3)}${text}`)
  })
  return lines
}
