/**
 * `nft list ruleset` as lines that can be compared: no counters, no timers, one element a line, sorted; nothing that packets put into
 * sets. With `names`, only elements that have one of them.
 */
import { asList, elementsWith } from '../core/network/firewall/nft-list.ts'

export function firewallLines(ruleset: string, names?: ReadonlySet<string>): string[] {
  const lines: string[] = []
  const text =
    names === undefined ? ruleset : ruleset.replace(ELEMENTS, (_, list: string) => naming(list, names))
  let list: string[] | undefined
  let indent = ''
  let isDynamic = false
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line.trim() === '') continue
    if (/^\s*(map|set|chain|table) /.test(line)) isDynamic = false
    if (/^\s*flags \S*dynamic/.test(line)) isDynamic = true
    const opening = list === undefined ? /^(\s*)elements = \{(.*)$/.exec(line) : undefined
    if (opening !== null && opening !== undefined) {
      indent = withoutCounters(`${opening[1] ?? ''}    `)
      list = [opening[2] ?? '']
    } else if (list === undefined) {
      lines.push(withoutCounters(line))
    } else {
      list.push(line)
    }
    if (list?.at(-1)?.trimEnd().endsWith('}') === true) {
      if (!isDynamic) lines.push(...elementLines(list, indent))
      list = undefined
    }
  }
  return lines
}

const ELEMENTS = /elements = \{([^}]*)\}/g

/** Before anything else is done to hundreds of them. */
function naming(list: string, names: ReadonlySet<string>): string {
  const all = asList(list)
  const found = new Set([...names].flatMap((name) => elementsWith(all, `"${name}"`)))
  return `elements = { ${[...found].join(', ')} }`
}

function elementLines(list: readonly string[], indent: string): string[] {
  const text = list.join(' ').trim().slice(0, -1)
  return text
    .split(',')
    .map((element) => withoutCounters(element.trim().replace(/\s+/g, ' ')))
    .filter((element) => element !== '')
    .sort()
    .map((element) => `${indent}${element}`)
}

function withoutCounters(text: string): string {
  return text
    .replaceAll('\t', '    ')
    .replace(/counter packets \d+ bytes \d+/g, 'counter')
    .replace(/ expires \S+/g, '')
}
