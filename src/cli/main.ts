/** What bin/weft runs: finds the one command typed, loads nothing else, runs it, and turns errors into text and exit codes. */
import { WeftError } from '../core/errors.ts'
import { COMMANDS } from './command-table.ts'
import type { Command } from './declare.ts'
import { openDoor } from './door.ts'
import { isSocket, isTerminal, writeOut } from './output.ts'
import { findCommand, parseWords } from './words.ts'

/** The exit code. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    return await runCommand(argv)
  } catch (error) {
    const { exitCode, formatError } = await import('./views/error.ts')
    const failure = error instanceof WeftError ? error : unexpected(error)
    if (argv.includes('--json')) {
      const { errorJson } = await import('./views/error.ts')
      writeOut(`${JSON.stringify(errorJson(failure), null, 2)}\n`)
    }
    process.stderr.write(formatError(failure, isTerminal(2) && process.env['NO_COLOR'] === undefined))
    return exitCode(failure.code)
  }
}

async function runCommand(argv: readonly string[]): Promise<number> {
  if (argv[0] === '--version') {
    const { WEFT_VERSION } = await import('../api/version.ts')
    writeOut(`weft ${WEFT_VERSION}\n`)
    return 0
  }
  if (argv[0] === '__complete') return await complete(argv.slice(1))
  const { command: words, rest } = await findCommand(argv)
  const command = await loadCommand(words)
  const given = await parseWords(command.declaration, rest)
  if (given.flags['help'] === true) {
    const { formatCommandHelp } = await import('./views/help.ts')
    writeOut(formatCommandHelp(command.declaration))
    return 0
  }
  return (await command.run(given, openDoor(given.flags))) ?? 0
}

/** The words belong to another command, unfinished as they are: they are not parsed. */
async function complete(words: readonly string[]): Promise<number> {
  const { completions } = await import('./commands/complete.ts')
  const at = words.indexOf('--root')
  const door = openDoor({ root: at === -1 ? undefined : words[at + 1], sandbox: words.includes('--sandbox') })
  writeOut((await completions(words, door.connection)).map((word) => `${word}\n`).join(''))
  return 0
}

async function loadCommand(words: string): Promise<Command> {
  const load = COMMANDS[words]
  if (load === undefined) throw new WeftError('internal', `no file has the command '${words}'`)
  return (await load()).command
}

function unexpected(error: unknown): WeftError {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new WeftError('internal', 'weft stumbled over a bug of its own', {
    details: [['it said', stack]],
    cause: error,
  })
}

// No await at the top: joined modules cannot have one (src/bundle).
void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode
  // The engine would tidy up for 3 ms. Only what goes to a socket may not be written yet.
  if (!isSocket(1) && !isSocket(2)) process.exit()
})
