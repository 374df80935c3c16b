/**
 * What a transaction of element lines makes of the table: so that it need not be listed again after each of weft's own, which
 * takes longer the more networks there are.
 */

import { asList, elementsIn, withElement, withoutElement } from './nft-list.ts'

export type WeftTable = 'inet weft' | 'bridge weft'

interface ElementLine {
  readonly verb: 'add' | 'delete'
  readonly set: string
  readonly elements: readonly string[]
}

/** As plan-firewall.ts and guard/guard-text.ts write them; undefined when the text has anything else. */
function readElementLines(text: string, table: WeftTable): ElementLine[] | undefined {
  const lines: ElementLine[] = []
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [, verb, where, set, list] =
      /^(add|delete) element (\w+ weft) (\S+) \{ ([^{}]+) \}$/.exec(line) ?? []
    if (where !== table || set === undefined || list === undefined) return undefined
    lines.push({ verb: verb as ElementLine['verb'], set, elements: elementsIn(asList(list)) })
  }
  return lines
}

/** The lines `nft monitor` prints about such a transaction, one an element; undefined for any other. */
export function elementEvents(text: string, table: WeftTable = 'inet weft'): string[] | undefined {
  return readElementLines(text, table)?.flatMap(({ verb, set, elements }) =>
    elements.map((element) => `${verb} element ${table} ${set} { ${element} }`),
  )
}

/** The listing after the transaction, its elements in another order than the kernel's; undefined when only the kernel knows. */
export function changeElements(
  listing: string,
  text: string,
  table: WeftTable = 'inet weft',
): string | undefined {
  let changed: string | undefined = listing
  for (const line of readElementLines(text, table) ?? [undefined]) {
    if (line === undefined || changed === undefined) return undefined
    changed = changeSet(changed, line)
  }
  return changed
}

function changeSet(listing: string, { verb, set, elements }: ElementLine): string | undefined {
  const opening = new RegExp(`^\\t(?:map|set) ${set.replaceAll('.', '\\.')} \\{$`, 'm').exec(listing)
  if (opening === null) return undefined
  const from = opening.index + opening[0].length
  const to = listing.indexOf('\n\t}', from)
  const [head = '', list] = listing.slice(from, to).split('\n\t\telements = {')
  const before = asList(list?.replace(/\}\s*$/, '') ?? '')
  const there = elements.reduce(verb === 'add' ? withElement : withoutElement, before)
  const after = there === ',' ? '' : `\n\t\telements = { ${elementsIn(there).join(',\n\t\t\t     ')} }`
  return `${listing.slice(0, from)}${head}${after}${listing.slice(to)}`
}
