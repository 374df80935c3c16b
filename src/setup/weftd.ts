/** Starts and ends weftd: in the sandbox, under systemd, or as a plain process of its own. */
import { execFile, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { call, type Connection } from '../api/client.ts'
import type { StatusView } from '../api/views.ts'
import { WeftError } from '../core/errors.ts'
import { pathsUnder } from '../core/host/paths.ts'
import { findSandbox, insideSandbox } from '../sandbox/world.ts'

export const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const WEFTD = join(PROJECT, 'bin/weftd')
const UNITS = ['weftd.socket', 'weftd.service', 'weft-guard.service'] as const
const UNIT_DIRECTORY = '/etc/systemd/system'
const START_LIMIT_MS = 20_000
const END_LIMIT_MS = 20_000

const run = promisify(execFile)

/** Where weftd lives: its root, and whether that is a sandbox's. */
export interface Place {
  readonly root: string
  readonly isSandbox: boolean
  readonly connection: Connection
}

/** Booted with systemd, and it is the machine's own root that weftd is for. */
export const usesSystemd = (place: Place): boolean =>
  !place.isSandbox && place.root === '/' && existsSync('/run/systemd/system')

/** The status of a weftd that answers. */
export async function findWeftd(place: Place): Promise<StatusView | undefined> {
  try {
    return await call(place.connection, 'status', {})
  } catch (error) {
    if (error instanceof WeftError && error.code === 'daemon-unreachable') return undefined
    throw error
  }
}

/** Starts weftd unless it answers already, and waits until it does. */
export async function startWeftd(place: Place): Promise<{ status: StatusView; wasRunning: boolean }> {
  const running = await findWeftd(place)
  if (running !== undefined) return { status: running, wasRunning: true }
  if (usesSystemd(place)) await startUnits()
  else startProcess(place)
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    const status = await findWeftd(place)
    if (status !== undefined) return { status, wasRunning: false }
    if (Date.now() > deadline) throw await didNotStart(place)
    await sleep(25)
  }
}

/** Ends weftd; guests and dnsmasq, if any run, live on. */
export async function stopWeftd(place: Place): Promise<void> {
  if (usesSystemd(place) && existsSync(join(UNIT_DIRECTORY, UNITS[1]))) return removeUnits()
  const status = await findWeftd(place)
  if (status === undefined) return
  await endProcess(place, status.pid)
  const deadline = Date.now() + END_LIMIT_MS
  while ((await findWeftd(place)) !== undefined) {
    if (Date.now() > deadline) throw new WeftError('timeout', 'weftd does not end')
    await sleep(25)
  }
}

/** The pid is weftd's own count: in a sandbox only the sandbox knows which process that is. */
async function endProcess(place: Place, pid: number): Promise<void> {
  const inside = place.isSandbox ? findSandbox(place.root) : undefined
  const command = ['kill', '-TERM', String(pid)]
  const [program = '', ...argv] = inside === undefined ? command : insideSandbox(inside, command)
  await run(program, argv)
}

/** A process that outlives this command. In the sandbox a shell forks it, so that the sandbox's own PID 1 looks after it. */
function startProcess(place: Place): void {
  const { run: directory } = pathsUnder(place.root)
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  const log = openSync(logFile(place), 'a')
  const inside = place.isSandbox ? findSandbox(place.root) : undefined
  const command = ['setsid', WEFTD, '--root', place.root]
  const [program = '', ...argv] =
    inside === undefined ? command : insideSandbox(inside, ['sh', '-c', '"$@" &', 'sh', ...command])
  const child = spawn(program, argv, { detached: true, cwd: '/', stdio: ['ignore', log, log] })
  child.once('error', () => undefined)
  child.unref()
  closeSync(log)
}

const logFile = (place: Place): string => `${pathsUnder(place.root).run}/weftd.log`

async function didNotStart(place: Place): Promise<WeftError> {
  const log = usesSystemd(place)
    ? (await run('journalctl', ['-n', '20', '-o', 'cat', '-u', 'weftd'])).stdout
    : await readFile(logFile(place), 'utf8').catch(() => '')
  return new WeftError('timeout', `weftd does not answer ${START_LIMIT_MS / 1000} s after its start`, {
    details: [['it said', log.trim().split('\n').slice(-12).join('\n') || 'nothing']],
    hint: `run it in front of you: sudo ${WEFTD} --root ${place.root}`,
  })
}

/** The packaged units, with this checkout's path in them. */
async function startUnits(): Promise<void> {
  const [socket, service, guard] = UNITS
  for (const unit of [socket, guard])
    await copyFile(join(PROJECT, 'packaging/systemd', unit), join(UNIT_DIRECTORY, unit))
  const unit = await readFile(join(PROJECT, 'packaging/systemd', service), 'utf8')
  await writeFile(join(UNIT_DIRECTORY, service), unit.replace('/usr/bin/weftd', WEFTD))
  await run('systemctl', ['daemon-reload'])
  await run('systemctl', ['enable', '--now', '--quiet', ...UNITS])
}

async function removeUnits(): Promise<void> {
  await run('systemctl', ['disable', '--now', '--quiet', ...UNITS])
  for (const unit of UNITS) await rm(join(UNIT_DIRECTORY, unit), { force: true })
  await run('systemctl', ['daemon-reload'])
}
