/** What a command is run with: which weftd, how to print, how wide. */
import { WeftError } from '../core/errors.ts'
import { apiSocket, pathsUnder, readOnlySocket } from '../core/host/paths.ts'
import type { Door } from './declare.ts'
import { isTerminal, writeOut } from './output.ts'
import type { Given } from './words.ts'

export function openDoor(flags: Given['flags']): Door {
  const isSandbox = flags['sandbox'] === true
  const root = chooseRoot(flags['root'], isSandbox)
  const isJson = flags['json'] === true
  const isScreen = isTerminal(1)
  return {
    root,
    isSandbox,
    connection: {
      socket: apiSocket(pathsUnder(root)),
      readOnlySocket: readOnlySocket(pathsUnder(root)),
      user: userName(),
      startCommand: startCommand(root, isSandbox),
    },
    isJson,
    isDryRun: flags['dry-run'] === true,
    hasColour: isScreen && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb',
    width: isScreen ? process.stdout.columns : undefined,
    show: (value, text) => {
      writeOut(isJson ? `${JSON.stringify(value, null, 2)}\n` : text)
    },
    say: (text) => {
      process.stderr.write(`${text}\n`)
    },
  }
}

/** The sandbox to act on: --root, WEFT_SANDBOX, or the usual place. */
export function sandboxRootOf(flags: Readonly<Record<string, unknown>>): string {
  const chosen = flags['root'] ?? process.env['WEFT_SANDBOX']
  const usual = '/var/tmp/weft-sandbox'
  return process
    .getBuiltinModule('node:path')
    .resolve(typeof chosen === 'string' && chosen !== '' ? chosen : usual)
}

function chooseRoot(flag: Given['flags'][string], isSandbox: boolean): string {
  const fromEnvironment = process.env['WEFT_ROOT']
  const chosen = typeof flag === 'string' ? flag : isSandbox ? sandboxRootOf({}) : (fromEnvironment ?? '/')
  if (chosen === '')
    throw new WeftError('invalid-argument', 'the root is empty', { hint: 'weft --root /DIRECTORY ...' })
  return process.getBuiltinModule('node:path').resolve(chosen)
}

/** Who asks, for the history: behind sudo, the one who typed it. */
function userName(): string {
  const sudoer = process.env['SUDO_USER']
  if (sudoer !== undefined && sudoer !== '') return sudoer
  // Everywhere called so: asking the system takes half a millisecond.
  if (process.getuid?.() === 0) return 'root'
  try {
    return process.getBuiltinModule('node:os').userInfo().username
  } catch {
    // A uid without an entry in passwd.
    return `uid ${String(process.getuid?.() ?? '?')}`
  }
}

function startCommand(root: string, isSandbox: boolean): string {
  if (isSandbox) return 'sudo weft up --sandbox'
  return root === '/' ? 'sudo systemctl start weftd, or: sudo weft up' : `sudo weftd --root ${root}`
}
