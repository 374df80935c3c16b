/** The sections of a file of systemd's or NetworkManager's, in their order. */

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

export const formatUnit = (
  sections: readonly (readonly [name: string, lines: readonly string[]])[],
): string =>
  sections.map(([name, lines]) => `[${name}]\n${lines.map((line) => `${line}\n`).join('')}`).join('\n')

/** The last one counts. */
export function valueIn(sections: readonly UnitSection[], section: string, key: string): string | undefined {
  return sections
    .filter(({ name }) => name === section)
    .flatMap(({ lines }) => lines.filter((line) => line.startsWith(`${key}=`)))
    .at(-1)
    ?.slice(key.length + 1)
}
