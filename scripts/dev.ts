/** `npm run dev`: weftd in a sandbox, in front of you, started again whenever a source file changes. Ctrl-C ends both. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { defaultSandboxRoot, insideSandbox, startSandbox, stopSandbox } from '../src/sandbox/world.ts'

const root = defaultSandboxRoot()
const sandbox = await startSandbox(root)
const daemon = join(import.meta.dirname, '../src/daemon/main.ts')
const [program = '', ...argv] = insideSandbox(sandbox, [
  process.execPath,
  '--watch',
  '--watch-preserve-output',
  '--disable-warning=ExperimentalWarning',
  daemon,
  '--root',
  root,
])
process.stdout.write(`weftd in the sandbox ${root}; in another terminal: ./weft --sandbox status\n`)
const child = spawn(program, argv, { stdio: 'inherit' })
// Ctrl-C reaches the child too; this process stays to clear up after it.
process.on('SIGINT', () => undefined)
child.once('exit', () => {
  void stopSandbox(root)
})
