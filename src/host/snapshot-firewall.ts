/**
 * `nft list ruleset` as lines that can be compared: no counters, no timers, one element a line, sorted; nothing that packets put into
 * sets. With `names`, only elements that have one of them.
 */

export function firewallLines(ruleset: string, names?: ReadonlySet<string>): string[] {
  const lines: string[] = []
  let list: string[] | undefined
  let indent = ''
  let isDynamic = false
  for (const line of ruleset.split('\n')) {
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
      if (!isDynamic) lines.push(...elementLines(list, indent, names))
      list = undefined
    }
  }
  return lines
}

function elementLines(list: readonly string[], indent: string, names?: ReadonlySet<string>): string[] {
  const text = list.join(' ').trim().slice(0, -1)
  const quoted = names === undefined ? undefined : [...names].map((name) => `"${name}"`)
  return text
    .split(',')
    .filter((element) => quoted === undefined || quoted.some((name) => element.includes(name)))
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
