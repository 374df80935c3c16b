/** `nft` without a process each time: one `nft -i`, where a line is a transaction. */
import { commandSaidError } from './command-error.ts'
import { runCommand } from './run-command.ts'
import { createTalkingProcess } from './talking-process.ts'

export interface NftShell {
  /** One transaction: all of the text or nothing, as `nft -f -`. */
  apply(text: string): Promise<void>
  /** What a `list` command prints; undefined when the thing is not there. */
  list(command: string): Promise<string | undefined>
  close(): void
}

/** A question that fails in a known way: where the answer to the line before ends. */
const END = 'list table arp weft-end-of-answer'
const ANSWER_END = /Error: [^\n]*\nlist table arp weft-end-of-answer\n *\^+\n$/

export function createNftShell(): NftShell {
  const shell = createTalkingProcess('exec nft -i 2>&1')
  const ask = async (line: string): Promise<string | undefined> => {
    const { text, ended } = await shell.ask(`${line}\n${END}\n`, (tail) => ANSWER_END.test(tail))
    return ended ? undefined : text.replace(ANSWER_END, '')
  }
  return {
    async apply(text) {
      const line = joinLines(text)
      const said = line === undefined ? undefined : await ask(line)
      if (said !== undefined && !isRefusal(said)) return
      // Refused as a whole, so nothing has happened: asked again from a file, nft tells the right line.
      await runCommand(['nft', '-f', '-'], { stdin: text })
    },
    async list(command) {
      const said = (await ask(command)) ?? (await listOnce(command))
      if (!isRefusal(said)) return said
      if (said.includes('No such file or directory')) return undefined
      throw commandSaidError(['nft', ...command.split(' ')], said)
    },
    close() {
      shell.close()
    },
  }
}

async function listOnce(command: string): Promise<string> {
  const { stdout, stderr, exitCode } = await runCommand(['nft', ...command.split(' ')] as ['nft'], {
    accept: [1],
  })
  return exitCode === 0 ? stdout : stderr
}

function isRefusal(said: string): boolean {
  return /^(Error|internal:0:0-0: Error): /m.test(said)
}

/** Several lines as one; undefined when that cannot be said with certainty and nft has to read them as a file. */
export function joinLines(text: string): string | undefined {
  // Comments, includes, definitions and quoted texts other than names change what a line break means.
  const bare = text.replace(/"[A-Za-z0-9_.@*-]+"/g, '')
  if (/["'#\\$]|^\s*(include|define)\b/m.test(bare)) return undefined
  const lines = text.split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '')
    .map((line) => (/[{,;]$/.test(line) ? line : `${line};`))
    .join(' ')
}
