/**
 * Elements of a set as nft lists them, searched and changed as text: with three hundred networks nobody reads the elements of all for
 * those of one. A list is kept with a comma before and after each element and nothing else between them.
 */

/** From what stands between the braces; no element has a comma in it. */
export function asList(text: string): string {
  const elements = text.trim().replace(/\s*,\s*/g, ',')
  return elements === '' ? ',' : `,${elements},`
}

export function elementsIn(list: string): string[] {
  return list === ',' ? [] : list.slice(1, -1).split(',')
}

/** Those that have the words somewhere, in the order of the list. */
export function elementsWith(list: string, words: string): string[] {
  const found: string[] = []
  for (let at = list.indexOf(words); at !== -1; at = list.indexOf(words, at)) {
    const from = list.lastIndexOf(',', at) + 1
    at = list.indexOf(',', at)
    found.push(list.slice(from, at))
  }
  return found
}

export function withElement(list: string, element: string): string {
  return list.includes(`,${element},`) ? list : `${list}${element},`
}

export function withoutElement(list: string, element: string): string {
  return list.replace(`,${element},`, ',')
}

/** Elements by the map or set they are in. */
type Lists = Readonly<Record<string, readonly string[]>>

/** What one has and the other has not. */
export function subtract<L extends Lists>(these: L, those: L): L {
  const entries = Object.entries(these).map(([set, elements]) => {
    const known = new Set(those[set])
    return [set, known.size === 0 ? elements : elements.filter((element) => !known.has(element))]
  })
  return Object.fromEntries(entries) as L
}

export const hasNone = (lists: Lists): boolean =>
  Object.values(lists).every((elements) => elements.length === 0)

export function elementLines(verb: 'add' | 'delete', lists: Lists): string[] {
  return Object.entries(lists).flatMap(([set, elements]) =>
    elements.length === 0 ? [] : [`${verb} element inet weft ${set} { ${elements.join(', ')} }`],
  )
}
