/**
 * One of weft's firewall tables, remembered. Listing it takes longer the more networks there are, so weft's own transactions of elements are
 * done to the memory too; any other that touches the table makes it be listed again. `nft monitor` tells of both alike: one is known
 * for weft's own by its lines, in the order in which they were sent. The process id it tells would be of no use, it is the
 * first namespace's.
 */
import { changeElements, elementEvents, type WeftTable } from '../core/network/firewall/nft-elements.ts'
import type { NftShell } from './nft-shell.ts'

export interface TableMirror {
  read(): Promise<string | undefined>
  /** The text is about to be sent to nft. */
  expect(text: string): void
  /** It has been sent; without `isDone` nobody knows what has become of it. */
  sent(text: string, isDone: boolean): void
  /** A line of `nft monitor`; answers with a program's name when it ends somebody else's change of the table. */
  hear(line: string): string | undefined
  forget(): void
}

/** As the monitor tells it after the lines of a transaction. */
const END = /^# new generation \d+ by (?:process \d+ \((.*)\))?/

export function createTableMirror(nft: NftShell, table: WeftTable): TableMirror {
  const list = (): Promise<string | undefined> => nft.list(`list table ${table}`)
  const names = new RegExp(`\\b${table}\\b`)
  /** Not what is about the other one only. */
  const concerns = (text: string): boolean => names.test(text) || !/\b(inet|bridge) weft\b/.test(text)
  let known: Promise<string | undefined> | undefined
  /** Own transactions that the monitor has not told of yet. */
  let expected: string[] = []
  let heard: string[] = []
  const forget = (): void => {
    known = undefined
    expected = []
  }
  /** What cannot be done to the memory is asked for again. */
  const change = (listing: string | undefined, text: string): string | Promise<string | undefined> =>
    (listing === undefined ? undefined : changeElements(listing, text, table)) ?? list()
  const endHeard = (by: string): string | undefined => {
    const lines = heard
    heard = []
    // Somebody else's table.
    if (lines.length > 0 && !lines.some((line) => names.test(line))) return undefined
    if (expected[0] !== keyOf(lines)) {
      forget()
      return by
    }
    expected.shift()
    return undefined
  }
  return {
    read() {
      const answer = known ?? list()
      known = answer
      answer.catch(() => {
        if (known === answer) known = undefined
      })
      return answer
    },
    expect(text) {
      if (!concerns(text)) return
      const events = elementEvents(text, table)
      if (events === undefined) forget()
      else expected.push(keyOf(events))
    },
    sent(text, isDone) {
      if (!concerns(text)) return
      if (!isDone || elementEvents(text, table) === undefined) forget()
      else if (known !== undefined) known = known.then((listing) => change(listing, text))
    },
    hear(line) {
      const end = END.exec(line)
      if (end !== null) return endHeard(end[1] ?? 'nft')
      if (!line.startsWith('# ERROR')) {
        heard.push(line)
        return undefined
      }
      // It could not keep up.
      forget()
      return 'nft'
    },
    forget() {
      heard = []
      forget()
    },
  }
}

/** The kernel tells sets in an order of its own. */
function keyOf(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .sort()
    .join('\n')
}
