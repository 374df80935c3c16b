/** `nft list ruleset` as lines that can be compared: no counters, no timers, one element a line, sorted. */

export function firewallLines(ruleset: string): string[] {
  const lines: string[] = []
  let list: string[] | undefined
  let indent = ''
  for (const line of ruleset.split('\n')) {
    if (line.startsWith('#') || line.trim() === '') continue
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
      lines.push(...elementLines(list, indent))
      list = undefined
    }
  }
  return lines
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
