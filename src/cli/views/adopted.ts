/** What comes from another manager, a line each: + what comes, ~ what comes instead of weft's own, ! what does not. */
import type { AdoptedItemView, AdoptedView } from '../../api/adopt-contract.ts'

const SIGNS: Readonly<Record<AdoptedItemView['action'], string>> = {
  take: '+',
  replace: '~',
  keep: ' ',
  leave: '!',
}
const COLOURS: Readonly<Record<string, string>> = { '+': '\u001b[32m', '~': '\u001b[33m', '!': '\u001b[31m' }

export function formatAdopted(
  { items, result }: AdoptedView,
  { hasColour, isPlan, directory }: { hasColour: boolean; isPlan: boolean; directory: string },
): string {
  const width = Math.max(0, ...items.map(({ kind, name }) => kind.length + 1 + name.length))
  const lines = items.flatMap(({ kind, name, action, what, why }) => {
    const sign = SIGNS[action]
    const colour = hasColour ? COLOURS[sign] : undefined
    const start = colour === undefined ? ` ${sign}` : ` ${colour}${sign}\u001b[0m`
    const [first = '', ...more] = action === 'leave' ? why.map((each) => `not taken: ${each}`) : what
    return [
      `${start} ${`${kind} ${name}`.padEnd(width)}   ${first}`.trimEnd(),
      ...more.map((each) => `   ${' '.repeat(width)}   ${each}`),
    ]
  })
  const count = (action: AdoptedItemView['action'], words: string): string[] => {
    const many = items.filter((item) => item.action === action).length
    return many === 0 ? [] : [`${String(many)} ${words}`]
  }
  const counted = [
    ...count('take', isPlan ? 'to take' : 'taken'),
    ...count('replace', isPlan ? 'to replace' : 'replaced'),
    ...count('keep', 'here already'),
    ...count('leave', 'not taken'),
  ].join(', ')
  const end = result === 'unchanged' ? `Nothing to take over from ${directory}` : counted
  return [...lines, ...(lines.length === 0 ? [] : ['']), `${end}\n`].join('\n')
}
