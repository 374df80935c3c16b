/**
 * Files into a guest and out of it, by its agent. What is written has another name until it is whole, where the agent may run programs
 * and the guest has a shell; elsewhere it is written in place, and that is said. No plan: what changes is the guest's own.
 */
import { textFromBase64 } from '../core/base64.ts'
import { WeftError } from '../core/errors.ts'
import { agentOf } from './guest-agent.ts'
import type { GuestAgent, GuestFile } from './guest-ports.ts'
import type { App } from './ports.ts'

export interface FileOut {
  /** Permissions in octal, where the guest has a shell to ask. */
  readonly mode: string | undefined
  readonly pieces: AsyncIterable<Uint8Array>
}

export interface FileIn {
  readonly path: string
  /** Permissions in octal; absent: as the agent makes files. */
  readonly mode?: string
  /** Called when everything else is as it should be. */
  readonly pieces: () => AsyncIterable<Uint8Array>
}

export interface Written {
  readonly bytes: number
  /** It has been under its own name all the while. */
  readonly isInPlace: boolean
}

const SHELL_LIMIT_MS = 30_000

/** Throws before the first piece what is wrong; the file is closed when the pieces end, or nobody wants more. */
export async function readInVm(app: App, name: string, path: string): Promise<FileOut> {
  refusePath(path)
  const agent = agentOf(app, name)
  const file = await agent.open(path, 'r')
  try {
    const first = await file.read()
    const mode = await shell(agent, 'stat -L -c %a -- "$1"', path).catch(() => undefined)
    return { mode: /^[0-7]{3,4}$/.exec(mode?.trim() ?? '')?.[0], pieces: allOf(file, first) }
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
}

async function* allOf(file: GuestFile, first: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = first; piece !== undefined; piece = await file.read()) yield piece
  } finally {
    await file.close().catch(() => undefined)
  }
}

export async function writeInVm(app: App, name: string, order: FileIn): Promise<Written> {
  const { path } = order
  refusePath(path)
  const agent = agentOf(app, name)
  const hasShell = await refuseDirectory(agent, path)
  const part = hasShell ? `${path}.${suffix(app)}.part` : path
  const file = await agent.open(part, 'w')
  try {
    const bytes = await writeAll(file, order.pieces())
    if (hasShell) await putInPlace(agent, part, order)
    return { bytes, isInPlace: !hasShell }
  } catch (error) {
    if (hasShell) await shell(agent, 'rm -f -- "$1"', part).catch(() => undefined)
    throw error
  }
}

/** Two who write the same file at once do not meet before the last of them is done. */
const suffix = (app: App): string =>
  app.chance
    .bytes(4)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')

async function writeAll(file: GuestFile, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  try {
    for await (const piece of pieces) {
      await file.write(piece)
      bytes += piece.length
    }
  } catch (error) {
    await file.close().catch(() => undefined)
    throw error
  }
  await file.close()
  return bytes
}

function putInPlace(agent: GuestAgent, part: string, { path, mode }: FileIn): Promise<string> {
  if (mode === undefined) return shell(agent, 'mv -f -- "$1" "$2"', part, path)
  return shell(agent, 'chmod -- "$3" "$1" && mv -f -- "$1" "$2"', part, path, mode)
}

/** Whether there is a shell in the guest that an agent may run. */
async function refuseDirectory(agent: GuestAgent, path: string): Promise<boolean> {
  const found = await shell(agent, '[ ! -d "$1" ] || echo directory', path).catch((error: unknown) => {
    // Nobody listens, or nobody answers: the next call would not say anything else.
    if (error instanceof WeftError && error.code !== 'command-failed') throw error
    return undefined
  })
  if (found?.trim() === 'directory')
    throw new WeftError('invalid-argument', `'${path}' is a directory of the guest`, {
      hint: 'name the file in it, or end it in / for one of the same name',
    })
  return found !== undefined
}

/** What a script says; its words are never looked at by the shell. */
async function shell(agent: GuestAgent, script: string, ...words: string[]): Promise<string> {
  const argv = ['/bin/sh', '-c', script, 'sh', ...words]
  const { exitCode, stdout, stderr } = await agent.run({ argv, limitMs: SHELL_LIMIT_MS })
  if (exitCode === 0) return textFromBase64(stdout)
  throw new WeftError('command-failed', 'the guest could not do it', {
    details: [['it said', textFromBase64(stderr)]],
  })
}

/** Also as Windows has them. */
function refusePath(path: string): void {
  if (/^(\/|[A-Za-z]:[\\/])/.test(path) && !path.endsWith('/')) return
  throw new WeftError('invalid-argument', `'${path}' is no absolute path of a file`, { hint: 'as /etc/motd' })
}
