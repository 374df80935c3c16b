/** Help as text: of weft, of one noun, of one command; all from the declarations. */
import { wrapWords } from '../../core/wrap.ts'
import { NOUNS } from '../command-table.ts'
import { allFlags, COMMON_FLAGS } from '../declare.ts'
import type { ArgumentSpec, Declaration, FlagSpec } from '../declare.ts'

export function formatUsage({ words, arguments: positional, flags }: Declaration): string {
  const shown = positional.map(({ name, optional, rest }) =>
    rest === true ? `${name}...` : optional === true ? `[${name}]` : name,
  )
  return ['weft', words, ...shown, ...(Object.keys(flags).length === 0 ? [] : ['[flags]'])].join(' ')
}

export function formatFlag(name: string, { short, value }: FlagSpec): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}

export function formatCommandHelp(declaration: Declaration): string {
  const { summary, about, arguments: positional, examples } = declaration
  const flags = allFlags(declaration)
  return [
    `${formatUsage(declaration)}\n\n${sentence(summary)}\n`,
    ...(about === undefined ? [] : [`${wrap(about, 78)}\n`]),
    ...(positional.length === 0 ? [] : [`Arguments\n${columns(positional.map(argumentLine))}`]),
    `Flags\n${columns(Object.entries(flags).map(flagLine))}`,
    `Examples\n${examples.map(([line, what]) => `  ${line}\n      ${what}\n`).join('')}`,
  ].join('\n')
}

const argumentLine = ({ name, summary, optional }: ArgumentSpec): [string, string] => [
  name,
  optional === true ? `${summary} (may be left out)` : summary,
]
const flagLine = ([name, flag]: [string, FlagSpec]): [string, string] => [
  formatFlag(name, flag),
  flag.kind === 'list' ? `${flag.summary} (may be repeated)` : flag.summary,
]

/** Every command with its summary, by noun; all of weft, or one noun. */
export function formatOverview(declarations: readonly Declaration[], noun: string | undefined): string {
  const visible = declarations.filter(({ hidden }) => hidden !== true)
  const groups = [
    ...(noun === undefined ? [['', 'Everything'] as const] : []),
    ...Object.entries(NOUNS).filter(([each]) => noun === undefined || each === noun),
  ]
  const sections = groups.map(([each, title]) => {
    const own = visible.filter(({ words }) =>
      words.includes(' ') ? words.startsWith(`${each} `) : each === '',
    )
    const lines = own.map(({ words, summary }): [string, string] => [`weft ${words}`, summary])
    return `${title.charAt(0).toUpperCase()}${title.slice(1)}\n${columns(lines)}`
  })
  const common = Object.entries(COMMON_FLAGS).map(flagLine)
  return [
    'weft NOUN VERB [NAME] [flags]\n',
    ...sections,
    `With every command\n${columns([...common, ['--dry-run', 'with every change: change nothing, print the script']])}`,
    `virsh's words work too: net-list, net-define, net-start, net-destroy, net-dumpxml, ...
Exit codes: 0 done, 1 failed, 2 wrong words, 3 not there, 4 refused.
'weft NOUN VERB --help' says more about each.
`,
  ].join('\n')
}

export function columns(lines: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.min(28, Math.max(...lines.map(([left]) => left.length)))
  return lines
    .map(([left, right]) => {
      const gap = left.length > width ? `\n${' '.repeat(width + 2)}` : ' '.repeat(width - left.length)
      const indent = ' '.repeat(width + 4)
      return `  ${left}${gap}  ${wrap(right, Math.max(30, 78 - width - 4)).replace(/\n/g, `\n${indent}`)}\n`
    })
    .join('')
}

export const wrap = (text: string, width: number): string => wrapWords(text, width).join('\n')

export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
