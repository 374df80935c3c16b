/** Words and texts as POSIX `sh` reads them back, byte for byte. */

/** A word that means itself: plain ones stay plain, so that a person sees what they would have typed. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** A command line from an argv array. The first word must not look like an assignment. */
export function shellJoin(argv: readonly string[]): string {
  return argv
    .map((word, index) => (index === 0 && word.includes('=') ? `'${word}'` : shellQuote(word)))
    .join(' ')
}

/**
 * The command with the text on its standard input: a quoted here-document, in which nothing is special; text that does not end
 * a line cannot be one and comes through a pipe.
 */
export function withInput(command: string, text: string, after = ''): string {
  if (text === '') return `${command} </dev/null${after}`
  if (!text.endsWith('\n')) return `printf %s ${shellQuote(text)} | ${command}${after}`
  const end = unusedDelimiter(text)
  return `${command} <<'${end}'${after}\n${text}${end}`
}

function unusedDelimiter(text: string): string {
  const lines = new Set(text.split('\n'))
  let end = 'EOF'
  while (lines.has(end)) end += '_'
  return end
}

/** A comment: whatever the text holds, it stays on its one line. */
export function shellComment(text: string): string {
  return `# ${text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ')}`
}

/** Breaks a long command line before its options, the way people write a QEMU line. */
export function wrapCommand(argv: readonly string[], width: number): string {
  const line = shellJoin(argv)
  if (line.length <= width) return line
  const groups: string[][] = [[]]
  for (const [index, word] of argv.entries()) {
    if (index > 0 && word.startsWith('-')) groups.push([])
    groups.at(-1)?.push(index === 0 ? shellJoin([word]) : shellQuote(word))
  }
  return groups.map((group) => group.join(' ')).join(' \\\n  ')
}
