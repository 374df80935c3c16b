/** weft's lines in a hosts file: found, put in, changed and taken out; everything else stays byte for byte. */

const BEGIN = '# begin of names of weft: written anew when they change, put yours outside'
/** Where the line before had no end of its own: it gets none back. */
const BEGIN_UNENDED = `${BEGIN} (the line above goes on)`
const END = '# end of names of weft'

export interface HostsParts {
  readonly before: string
  /** weft's lines, without the marks; undefined when there are none. */
  readonly lines: string | undefined
  readonly after: string
}

/** Undefined when the marks are damaged: whose lines are whose nobody knows then. */
export function splitHosts(text: string): HostsParts | undefined {
  const marks = [...text.matchAll(/^# (begin|end) of names of weft.*$/gm)]
  const [begin, end] = marks
  if (begin === undefined) return { before: text, lines: undefined, after: '' }
  if (marks.length !== 2 || begin[1] !== 'begin' || end?.[1] !== 'end') return undefined
  const isUnended = begin[0] === BEGIN_UNENDED
  return {
    before: text.slice(0, begin.index - (isUnended ? 1 : 0)),
    lines: text.slice(begin.index + begin[0].length + 1, end.index),
    after: text.slice(end.index + end[0].length + 1),
  }
}

export function joinHosts({ before, after }: HostsParts, lines: readonly string[]): string {
  if (lines.length === 0) return before + after
  const isUnended = before !== '' && !before.endsWith('\n')
  const begin = isUnended ? `\n${BEGIN_UNENDED}` : BEGIN
  return `${before}${begin}\n${lines.map((line) => `${line}\n`).join('')}${END}\n${after}`
}

/** Names that somebody else's lines give to an address. */
export function namesIn(text: string): Set<string> {
  const words = text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1))
  return new Set(words.map((word) => word.toLowerCase()))
}
