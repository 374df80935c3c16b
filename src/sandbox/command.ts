/** `weft sandbox`: a shell or a command inside, for people who want to look around with their own tools. */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WeftError } from '../core/errors.ts'
import { stateDirectory } from './directory.ts'
import {
  defaultSandboxRoot,
  findSandbox,
  insideSandbox,
  startSandbox,
  stopSandbox,
  type Sandbox,
} from './world.ts'

export type SandboxCommand =
  | { readonly verb: 'start' | 'stop' | 'status' | 'shell'; readonly root?: string }
  | { readonly verb: 'exec'; readonly root?: string; readonly argv: readonly string[] }

/** Runs one `weft sandbox ...` command; the exit code is the inner command's own for `shell` and `exec`. */
export async function sandbox(command: SandboxCommand): Promise<number> {
  const root = command.root ?? defaultSandboxRoot()
  switch (command.verb) {
    case 'start': {
      const started = await startSandbox(root)
      say(`sandbox ${started.wasRunning ? 'runs already' : 'started'} in ${root} (process ${started.pid})`)
      return 0
    }
    case 'stop':
      say(
        (await stopSandbox(root)) === 'stopped' ? `sandbox in ${root} stopped` : `no sandbox ran in ${root}`,
      )
      return 0
    case 'status': {
      const found = findSandbox(root)
      say(
        found === undefined ? `no sandbox runs in ${root}` : `sandbox runs in ${root} (process ${found.pid})`,
      )
      return found === undefined ? 3 : 0
    }
    case 'shell':
      return runInside(getSandbox(root), ['bash', '--rcfile', await writeShellProfile(root), '-i'])
    case 'exec':
      return runInside(getSandbox(root), command.argv)
  }
}

/** The running sandbox, or the refusal that says how to start one. */
export function getSandbox(root: string): Sandbox {
  const found = findSandbox(root)
  if (found !== undefined) return found
  throw new WeftError('not-found', `no sandbox runs in '${root}'`, { hint: 'weft up --sandbox' })
}

/** Runs a command inside with this terminal; answers its exit code, or 128 and the signal as shells do. */
export async function runInside(inside: Sandbox, argv: readonly string[]): Promise<number> {
  const [program = 'nsenter', ...rest] = insideSandbox(inside, argv)
  const child = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, WEFT_ROOT: inside.root } })
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('exit', (code, signal) => {
      done(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

/** So that `weft` means this sandbox's weftd, and nobody forgets where they are. */
async function writeShellProfile(root: string): Promise<string> {
  const project = join(dirname(fileURLToPath(import.meta.url)), '../..')
  const path = join(stateDirectory(root), 'bashrc')
  await writeFile(path, `PATH='${project}':$PATH\nPS1='(weft sandbox) \\w # '\n`)
  return path
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
