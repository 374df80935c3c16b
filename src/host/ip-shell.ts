/** `ip` without a process each time: one `ip -batch` that changes links and answers in JSON. */
import { existsSync } from 'node:fs'
import { commandSaidError } from './command-error.ts'
import { runCommand } from './run-command.ts'
import { createTalkingProcess } from './talking-process.ts'

export interface IpShell {
  /** Whether the command can go through the shell: a batch line has no quoting and no global options. */
  accepts(argv: readonly string[]): boolean
  /** `accept`: exit codes that count as done besides 0. */
  change(argv: readonly [string, ...string[]], accept?: readonly number[]): Promise<void>
  /** The JSON answer of `ip -j -d WORDS`. */
  show(words: string): Promise<unknown>
  /** The same about one link; undefined when it is not there. */
  find(words: string, link: string): Promise<unknown>
  /** A link was renamed: a long-lived `ip` remembers names. */
  forgetNames(): void
  close(): void
}

/** Objects whose commands do all they do over netlink; `netns` for one mounts and executes. */
const OBJECTS = new Set(['link', 'addr', 'address', 'route', 'rule', 'neigh', 'tuntap'])
/** No such object, so `ip` says so in one line and goes on: where the answer to the line before ends. */
const END = 'weft-end'
const ANSWER_END = /Object "weft-end" is unknown[^\n]*\nCommand failed -:\d+\n$/

/** `family`: of objects that each family has its own of, such as rules. */
export function createIpShell(family: '-4' | '-6' | '' = ''): IpShell {
  // One for both: `ip` remembers which index a name has, and forgets it when it deletes the link itself.
  const shell = createTalkingProcess(`exec ip ${family} -j -d -force -batch - 2>&1`)
  return {
    accepts: (argv) =>
      argv[0] === 'ip' &&
      OBJECTS.has(argv[1] ?? '') &&
      argv.every((word) => /^[A-Za-z0-9_@%+=:,./-]+$/.test(word)),
    async change(argv, accept = []) {
      const input = `${argv.slice(1).join(' ')}\n${END}\n`
      const { text, ended } = await shell.ask(input, (tail) => ANSWER_END.test(tail))
      // It leaves over a word it does not know, before it has done anything.
      if (ended) {
        await retry(argv, text)
        return
      }
      const said = text.replace(ANSWER_END, '')
      if (!/^Command failed -:\d+$/m.test(said)) return
      // A long-lived `ip` goes by the index a name had when it first met it. Somebody else may have made that link anew.
      const isStale = /Cannot find device|No such device|Device not found|Unable to find the interface/.test(
        said,
      )
      if (isStale) shell.close()
      // A batch tells no exit codes; plain `ip` fails in the same way and does.
      if (isStale || accept.length > 0) await runCommand(argv, { accept })
      else throw commandSaidError(argv, said.replace(/^Command failed.*$/m, ''))
    },
    async find(words, link) {
      const first = await shell.ask(`${words}\n`, isWholeAnswer)
      if (first.text.startsWith('[')) return JSON.parse(first.text) as unknown
      if (!existsSync(`/proc/sys/net/ipv4/conf/${link}`)) return undefined
      // Not there, or made anew under the same name: a long-lived `ip` goes by the index it had before.
      shell.close()
      const { text } = await shell.ask(`${words}\n`, isWholeAnswer)
      return text.startsWith('[') ? (JSON.parse(text) as unknown) : undefined
    },
    async show(words) {
      const { text } = await shell.ask(`${words}\n`, isWholeAnswer)
      if (text.startsWith('[')) return JSON.parse(text) as unknown
      const { stdout } = await runCommand([
        'ip',
        ...(family === '' ? [] : [family]),
        '-j',
        '-d',
        ...words.split(' '),
      ])
      return JSON.parse(stdout === '' ? '[]' : stdout) as unknown
    },
    forgetNames() {
      shell.close()
    },
    close() {
      shell.close()
    },
  }
}

/** Plain `ip` says what is wrong; a shell that was killed from outside may have done nothing yet. */
async function retry(argv: readonly [string, ...string[]], said: string): Promise<void> {
  if (said !== '') throw commandSaidError(argv, said)
  await runCommand(argv)
}

/** JSON without line breaks, then one; or a failure. */
function isWholeAnswer(tail: string): boolean {
  return tail.endsWith(']\n') || /Command failed -:\d+\n$/.test(tail)
}
