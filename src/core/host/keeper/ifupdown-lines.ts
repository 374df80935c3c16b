/** /etc/network/interfaces as lines that know which stanza they are in; put together again they are the same text. */

export interface StanzaLine {
  /** With the line ends inside it, where it goes on behind a backslash, and the one behind it. */
  readonly text: string
  /** Of the stanza it is in or begins: `iface eth0`, `auto`, `mapping`; undefined before the first. */
  readonly stanza: string | undefined
  readonly begins: boolean
  /** Of the `iface` stanza it is in: `inet` also where a tunnel or CAN is meant. */
  readonly family?: 'inet' | 'inet6'
  /** `static`, `dhcp`: the same way. */
  readonly method?: string | undefined
  readonly words: readonly string[]
}

const OPENERS =
  /^(auto|iface|mapping|source|source-directory|rename|no-auto-down|no-scripts|template|allow-\S+)$/

export function stanzaLines(content: string): StanzaLine[] {
  let stanza: string | undefined
  let family: 'inet' | 'inet6' = 'inet'
  let method: string | undefined
  return logicalLines(content).map((text) => {
    const words = text
      .replace(/\\\n/g, ' ')
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '')
    const [first = '', second = '', third, fourth] = words
    const isComment = first.startsWith('#')
    const begins = !isComment && OPENERS.test(first)
    if (begins) {
      stanza = first === 'iface' ? `iface ${second}` : first
      family = third === 'inet6' ? 'inet6' : 'inet'
      method = fourth
    }
    return { text, stanza, begins, family, method, words: isComment ? [] : words }
  })
}

function logicalLines(content: string): string[] {
  const lines = content.match(/[^\n]*(?:\n|$)/g)?.filter((line) => line !== '') ?? []
  const joined: string[] = []
  let isOpen = false
  for (const line of lines) {
    if (isOpen) joined.push(`${joined.pop() ?? ''}${line}`)
    else joined.push(line)
    // A comment does not go on.
    isOpen = line.endsWith('\\\n') && !/^\s*#/.test(joined.at(-1) ?? '')
  }
  return joined
}

/** Of `eth0` itself, or of an alias `eth0:1`: that part is handed back. */
export function aliasOf(name: string | undefined, nic: string): string | undefined {
  if (name === nic) return ''
  return name?.startsWith(`${nic}:`) === true ? name.slice(nic.length) : undefined
}

/** What else is read with the file, relative to where it lies. */
export function sourcedBy(content: string): { readonly pattern: string; readonly isDirectory: boolean }[] {
  return stanzaLines(content).flatMap(({ begins, words: [keyword, ...patterns] }) =>
    begins && /^source(-directory)?$/.test(keyword ?? '')
      ? patterns.map((pattern) => ({ pattern, isDirectory: keyword === 'source-directory' }))
      : [],
  )
}
