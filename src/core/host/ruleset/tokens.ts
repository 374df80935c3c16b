/** Words of a rule or of a list of elements. */

/** Strings keep their quotes, braces and commas are words of their own, and so is the dot between the parts of a key. */
export function tokensOf(text: string): string[] {
  return text.match(/"[^"]*"|[{}(),]|[^\s{}(),"]+/g) ?? []
}

/** From an opening brace to its closing one. */
export function closingOf(tokens: readonly string[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at] === '{') depth++
    if (tokens[at] === '}' && --depth === 0) return at
  }
  return tokens.length
}

/** The parts between those words. */
export function splitAt(tokens: readonly string[], separator: string): string[][] {
  const parts: string[][] = [[]]
  for (const token of tokens) {
    if (token === separator) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts
}

export const unquoted = (word: string): string => word.replace(/^"(.*)"$/, '$1')
