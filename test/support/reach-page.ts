/** Reads the tables of docs/reference/who-reaches-whom.md: the page is what the tests of reachability expect. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE = join(import.meta.dirname, '../../docs/reference/who-reaches-whom.md')

/** Word by `row column`; a row is a cell's name, or the mode who begins has. Neither what is not there nor a network with itself. */
export type Expected = ReadonlyMap<string, string>

export function expected(heading: string): Expected {
  const [head = [], ...rows] = tableUnder(heading)
  const isNamed = head[1] === 'cell'
  const columns = head.slice(isNamed ? 2 : 1)
  return new Map(
    rows.flatMap((row) => {
      const name = row[isNamed ? 1 : 0] ?? ''
      const words = row.slice(isNamed ? 2 : 1).map((word) => word.replace('*', ''))
      assert.equal(words.length, columns.length, `${heading}: ${name}`)
      return words.flatMap((word, index): [string, string][] =>
        word === '-' || word === 'same' ? [] : [[`${name} ${columns[index] ?? ''}`, word]],
      )
    }),
  )
}

/** Rows under a heading, the heading row first; cells without markup. */
export function tableUnder(heading: string): string[][] {
  const section = readFileSync(PAGE, 'utf8').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0]
  assert.ok(section, `the page has a section '${heading}'`)
  const rows = section.split('\n').filter((line) => line.startsWith('|') && !/^\|[ |-]+\|$/.test(line))
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('`', '').replaceAll('**', '').trim()),
  )
}
