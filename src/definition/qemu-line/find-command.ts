/** The one QEMU command of a script: what runs it (sudo, nice) and what else the script does are told apart. */
import type { Problem } from '../../core/errors.ts'
import { tell, type Account } from './account.ts'
import { ASSIGNMENT, type ShellCommand, type ShellWord } from './shell-words.ts'

export interface QemuCommand {
  /** All after the program's name. */
  readonly words: readonly ShellWord[]
  /** What stands around it. */
  readonly account: readonly Account[]
  /** The script's other commands. */
  readonly others: readonly ShellCommand[]
}

const QEMU = /(?:^|\/)(?:qemu-system-(?:x86_64|i386)(?:-[\w.]+)?|qemu-kvm|kvm)$/
const OTHER_QEMU = /(?:^|\/)qemu-system-([\w-]+)$/

/** What runs another command, and its options that take a value. */
const RUNNERS: Readonly<Record<string, string>> = {
  sudo: 'ugpCDhRrTt',
  doas: 'uC',
  env: 'uSC',
  nohup: '',
  exec: 'a',
  time: 'fo',
  nice: 'n',
  ionice: 'cnp',
  chrt: '',
  taskset: '',
  numactl: 'NmCpi',
  setsid: '',
  setpriv: '',
  'systemd-run': 'pu',
  screen: 'ShctTp',
  // Words of the shell itself.
  then: '',
  do: '',
  else: '',
  '{': '',
  '!': '',
}

const REDIRECTION = /^\d*(?:&>>?|[<>]{1,2}&?|>\|)/

/** Problems where there is no such command, or more than one. */
export function findQemuCommand(
  commands: readonly ShellCommand[],
): QemuCommand | { readonly problem: Problem } {
  const found = commands.map((words) => ({ words, at: programAt(words) }))
  const ours = found.filter(({ words, at }) => QEMU.test(words[at]?.text ?? ''))
  const [only, second] = ours
  if (only === undefined) return { problem: noCommand(found) }
  if (second !== undefined) {
    const message = 'a second machine begins here'
    const hint = 'import them one after the other'
    return { problem: { path: 'command', message, hint, ...placeOf(second.words[second.at]) } }
  }
  const before = only.words.slice(0, only.at)
  const { words, redirections } = withoutRedirections(only.words.slice(only.at + 1))
  return {
    words,
    others: commands.filter((each) => each !== only.words),
    account: [
      ...around(before, RAN_BY),
      ...around(redirections, 'weft vm console shows what the guest prints'),
    ],
  }
}

const RAN_BY =
  "weft starts QEMU itself, as a user without rights, in a group and an environment of the machine's own"

const around = (words: readonly ShellWord[], why: string): Account[] =>
  words.length === 0 ? [] : [tell('not-needed', words, why)]

const placeOf = (word: ShellWord | undefined): { line: number; column: number } => ({
  line: word?.line ?? 1,
  column: word?.column ?? 1,
})

/** Past assignments, and past what runs it with its options. */
function programAt(words: ShellCommand): number {
  let at = 0
  for (;;) {
    while (ASSIGNMENT.test(words[at]?.text ?? '')) at += 1
    const name = (words[at]?.text ?? '').replace(/^.*\//, '')
    const valued = Object.hasOwn(RUNNERS, name) ? RUNNERS[name] : undefined
    if (valued === undefined) return at
    at += 1
    for (let word = words[at]?.text; word?.startsWith('-'); word = words[at]?.text)
      at += /^-[A-Za-z]$/.test(word) && valued.includes(word.slice(1)) ? 2 : 1
    // `taskset 0x3 qemu…`, `chrt 10 qemu…`.
    if (name === 'taskset' || name === 'chrt') while (/^[\da-fx,-]+$/.test(words[at]?.text ?? '')) at += 1
  }
}

function withoutRedirections(all: readonly ShellWord[]): {
  readonly words: ShellWord[]
  readonly redirections: ShellWord[]
} {
  const words: ShellWord[] = []
  const redirections: ShellWord[] = []
  for (let i = 0; i < all.length; i += 1) {
    const word = all[i]
    if (word === undefined) break
    const sign = REDIRECTION.exec(word.text)?.[0]
    if (sign === undefined) {
      words.push(word)
      continue
    }
    redirections.push(word)
    const next = all[i + 1]
    if (sign !== word.text || next === undefined) continue
    redirections.push(next)
    i += 1
  }
  return { words, redirections }
}

function noCommand(found: readonly { readonly words: ShellCommand; readonly at: number }[]): Problem {
  for (const { words, at } of found) {
    const word = words[at]
    const arch = OTHER_QEMU.exec(word?.text ?? '')?.[1]
    if (arch === undefined) continue
    const message = `machines of weft do not run '${arch}'`
    return { path: 'command', message, hint: 'qemu-system-x86_64 ...', ...placeOf(word) }
  }
  const message = 'there is no QEMU command in this'
  return { path: 'command', message, hint: 'qemu-system-x86_64 -m 2G -hda web.qcow2', line: 1, column: 1 }
}
