/** What became of each word of a command: nothing is passed over in silence. */
import { shellJoin } from '../../core/plan/shell-quote.ts'
import type { ShellWord } from './shell-words.ts'

export interface Account {
  /** `left-out`: it would have made a difference, and says what there is instead. */
  readonly verdict: 'taken' | 'not-needed' | 'left-out'
  readonly words: readonly ShellWord[]
  readonly what: string
}

export const tell = (verdict: Account['verdict'], words: readonly ShellWord[], what: string): Account => ({
  verdict,
  words,
  what,
})

const VERDICTS = { taken: '', 'not-needed': 'not needed, ', 'left-out': 'left out, ' } as const

/** A sentence for a person. */
export function accountLine({ verdict, words, what }: Account): string {
  return `${shellJoin(words.map(({ text }) => text))}: ${VERDICTS[verdict]}${what}`
}
