/** The sections of a file in systemd's format, in their order. */

export interface UnitSection {
  readonly name: string
  /** `Key=value`, what goes on behind a backslash joined; without comments. */
  readonly lines: readonly string[]
}

export function unitSections(content: string): UnitSection[] {
  const sections: { name: string; lines: string[] }[] = []
  for (const raw of withoutComments(content).replace(/\\\n/g, ' ').split('\n')) {
    const line = raw.trim()
    const name = /^\[(.+)\]$/.exec(line)?.[1]
    if (name !== undefined) sections.push({ name, lines: [] })
    else if (line !== '') sections.at(-1)?.lines.push(line)
  }
  return sections
}

/** Also those between a line and what it goes on with. */
const withoutComments = (content: string): string =>
  content
    .split('\n')
    .filter((line) => !/^\s*[#;]/.test(line))
    .join('\n')
