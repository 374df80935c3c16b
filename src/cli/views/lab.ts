/** What a lab's file would change or has changed, a line for each part: + what comes, ~ what changes, - what goes. */
import type { LabChangeView, LabItemView } from '../../api/lab-contract.ts'

const SIGNS: Readonly<Record<LabItemView['action'], string>> = {
  create: '+',
  change: '~',
  remove: '-',
  keep: ' ',
}

export function formatLab(
  { lab, revision, items, result }: LabChangeView,
  { hasColour, isPlan }: { readonly hasColour: boolean; readonly isPlan: boolean },
): string {
  const shown = items.filter(({ action, later }) => action !== 'keep' || later.length > 0)
  const width = Math.max(0, ...shown.map(({ kind, name }) => kind.length + 1 + name.length))
  const lines = shown.flatMap((item) => lineOf(item, width, hasColour))
  const title =
    result === 'unchanged'
      ? `Lab ${lab} is as its file says`
      : isPlan
        ? `Lab ${lab} would become revision ${String(revision)}:`
        : `Lab ${lab} is at revision ${String(revision)}`
  if (isPlan && lines.length === 0 && result !== 'unchanged')
    return `${title} nothing of what is there differs from its file\n`
  if (isPlan && result !== 'unchanged') return [title, '', ...lines, '', `${summary(items)}\n`].join('\n')
  return lines.length === 0 ? `${title}\n` : [...lines, `${title}\n`].join('\n')
}

const COLOURS: Readonly<Record<string, string>> = { '+': '\u001b[32m', '~': '\u001b[33m', '-': '\u001b[31m' }

function lineOf(
  { kind, name, action, what, later, disturbs }: LabItemView,
  width: number,
  hasColour: boolean,
): string[] {
  const sign = SIGNS[action]
  const colour = hasColour ? COLOURS[sign] : undefined
  const start = colour === undefined ? ` ${sign}` : ` ${colour}${sign}\u001b[0m`
  const words = [...what, ...(disturbs === '' ? [] : [`! ${disturbs}`])]
  return [
    `${start} ${`${kind} ${name}`.padEnd(width)}   ${words.join('; ')}`.trimEnd(),
    ...later.map((line) => `   ${' '.repeat(width)}   (from its next start: ${line})`),
  ]
}

function summary(items: readonly LabItemView[]): string {
  const count = (action: LabItemView['action'], words: string): string[] => {
    const many = items.filter((item) => item.action === action).length
    return many === 0 ? [] : [`${String(many)} ${words}`]
  }
  const disturbed = items.filter(({ disturbs }) => disturbs !== '').map(({ disturbs }) => disturbs)
  return [
    ...count('create', 'to create'),
    ...count('change', 'to change'),
    ...count('remove', 'to remove'),
    ...count('keep', 'as it is'),
    disturbed.length === 0 ? 'disturbs no guest' : disturbed.join(', '),
  ].join(', ')
}
