/** weftd from its joined modules: the first start, which makes them, the later ones, and a source that changes meanwhile. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { newRoot, PROJECT, runWeft, until } from './weft-process.ts'

/** One that nobody has run yet. */
function newProject(): string {
  const project = newRoot()
  for (const part of ['bin', 'src', 'scripts', 'package.json'])
    cpSync(join(PROJECT, part), join(project, part), { recursive: true })
  mkdirSync(join(project, 'node_modules'))
  for (const name of readdirSync(join(PROJECT, 'node_modules')).filter((each) => !each.startsWith('.')))
    symlinkSync(join(PROJECT, 'node_modules', name), join(project, 'node_modules', name))
  return project
}

interface Started {
  readonly root: string
  readonly daemon: ChildProcess
}

/** As systemd does: the socket is there before weftd, as descriptor 3, and nobody else takes calls from it. */
async function startOnSocket(project: string): Promise<Started> {
  const root = newRoot()
  const socket = join(root, 'run/weft/weft.sock')
  mkdirSync(join(root, 'run/weft'), { recursive: true })
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle
  const daemon = spawn(
    'sh',
    ['-c', 'export LISTEN_PID=$$; exec "$0" --root "$1"', join(project, 'bin/weftd'), root],
    {
      stdio: ['ignore', 'ignore', 'pipe', fd],
      env: { ...process.env, LISTEN_FDS: '1', NODE_COMPILE_CACHE: join(project, 'compile') },
    },
  )
  // Closing removes the name, so another is kept for the same socket.
  linkSync(socket, `${socket}.kept`)
  server.close()
  renameSync(`${socket}.kept`, socket)
  let log = ''
  daemon.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text))
  await until(() => {
    assert.equal(daemon.exitCode, null, `weftd ended: ${log}`)
    return log.includes('listening in')
  })
  return { root, daemon }
}

async function stop({ daemon }: Started): Promise<void> {
  daemon.kill()
  await until(() => daemon.exitCode !== null || daemon.signalCode !== null)
}

const showXml = (root: string): ReturnType<typeof runWeft> =>
  runWeft(root, ['net', 'show', 'default', '--xml'])

test('weftd runs joined, as the process that systemd started, on its socket; also after its sources changed', async (t) => {
  const project = newProject()
  const [first, second] = [await startOnSocket(project), await startOnSocket(project)]
  t.after(() => Promise.all([stop(first), stop(second)]))
  for (const { daemon } of [first, second]) {
    assert.match(readFileSync(`/proc/${String(daemon.pid)}/cmdline`, 'utf8'), /\.cache\/weftd\.cjs\0/)
  }
  // Not loaded yet by anybody: what runs stays what it was when it began, also where it loads more.
  appendFileSync(join(project, 'src/definition/network.ts'), "\nthrow new Error('changed')\n")
  assert.match(showXml(first.root).out, /<name>default<\/name>/)
  const third = await startOnSocket(project)
  t.after(() => stop(third))
  assert.match(showXml(third.root).err, /changed|internal/)
})
