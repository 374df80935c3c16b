/** Two daemons that are told the same, and what each of them says, without what cannot be the same. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { AwaitStep, Command, FileStep, ListenStep, LookStep, TypeStep } from './step.ts'

export interface Side {
  readonly socket: string
  /** Its files, and where virsh runs. Both sides' have names of the same length, as tables are as wide as what is in them. */
  readonly directory: string
  /** Where it keeps disks. */
  readonly pool: string
}

export interface Said {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A command that hangs tells nothing, and others wait for it. */
const LIMIT_MS = 180_000

export async function say(side: Side, command: Command): Promise<Said> {
  const child = spawnVirsh(side, wordsOf(side, command))
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const limit = globalThis.setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(limit)
  return { code, out: masked(side, out), err: masked(side, err) }
}

export function put(side: Side, { file, text }: FileStep): void {
  const path = join(side.directory, file)
  writeFileSync(path, text.replaceAll('$DIR', side.directory).replaceAll('$POOL', side.pool))
  // Some are disks, and QEMU is nobody of importance.
  chmodSync(path, 0o666)
}

/** Each line that the listener has heard, but for those of the probe. */
export async function hear(side: Side, step: ListenStep): Promise<Said> {
  const child = spawnVirsh(side, wordsOf(side, step.listen), ['stdbuf', '-oL'])
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  // One that was refused has ended, and hears nothing.
  const hasEnded = (): boolean => child.exitCode !== null
  const hasHeard = (): boolean => hasEnded() || out.split(step.until).length > (step.times ?? 1)
  try {
    for (let tries = 0; tries < 1000 && !hasEnded() && !out.includes(step.marker); tries++) {
      for (const command of step.probe) await say(side, command)
      await setTimeout(50)
    }
    for (const command of step.meanwhile) await say(side, command)
    for (let tries = 0; tries < 2400 && !hasHeard(); tries++) await setTimeout(50)
  } finally {
    child.kill('SIGKILL')
  }
  const lines = out.split('\n').filter((line) => !line.includes(step.marker))
  return { code: child.exitCode ?? 0, out: masked(side, lines.join('\n')), err: masked(side, err) }
}

export async function sayUntil(side: Side, { repeat, says }: AwaitStep): Promise<Said> {
  for (let tries = 0; ; tries++) {
    const said = await say(side, repeat)
    if (said.out.includes(says) || tries === 1000) return said
    await setTimeout(100)
  }
}

/** Words that the guest says again and again are told once. */
export async function speak(side: Side, { speak: command, until, type }: TypeStep): Promise<Said> {
  const words = ['virsh', '-c', uriOf(side), ...wordsOf(side, command)].map((word) => `'${word}'`).join(' ')
  const terminal = spawn('script', ['-qefc', words, '/dev/null'], {
    cwd: side.directory,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: environmentOf(side),
  })
  let out = ''
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const limit = globalThis.setTimeout(() => terminal.kill('SIGKILL'), LIMIT_MS)
  const ended = new Promise<number | null>((resolve) => terminal.once('close', resolve))
  for (let tries = 0; tries < 2400 && !out.includes(until) && terminal.exitCode === null; tries++)
    await setTimeout(50)
  terminal.stdin.on('error', () => undefined).write(type)
  const code = await ended
  clearTimeout(limit)
  const lines = out.replaceAll('\r', '').replace(/^(u?p?\n)+/gm, '<up>\n')
  // Who listens from the start hears the firmware first.
  const said = lines.replace(/(?<=^Escape character .*\n)[\s\S]*(?=^<up>)/m, '')
  return { code, out: masked(side, said), err: '' }
}

export function look({ directory }: Side, { look: file }: LookStep): Said {
  const path = join(directory, file)
  if (!existsSync(path)) return { code: 1, out: '', err: 'there is none' }
  const { size, blocks } = statSync(path)
  const bytes = createHash('sha256').update(readFileSync(path)).digest('hex')
  return {
    code: 0,
    out: `${String(size)} bytes, ${blocks * 512 < size ? 'with' : 'no'} holes, ${bytes}`,
    err: '',
  }
}

const uriOf = ({ socket }: Side): string => `qemu+unix:///system?socket=${socket}`

const environmentOf = ({ directory }: Side): NodeJS.ProcessEnv => ({
  ...process.env,
  LC_ALL: 'C',
  TZ: 'UTC',
  HOME: directory,
})

function spawnVirsh(side: Side, words: readonly string[], before: readonly string[] = []) {
  const [program = 'virsh', ...args] = [...before, 'virsh', '-c', uriOf(side), ...words]
  return spawn(program, args, {
    cwd: side.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environmentOf(side),
  })
}

/** As a shell splits them: blanks, and quotes round a word. */
function wordsOf({ directory, pool }: Side, command: Command): string[] {
  return [
    ...command
      .replaceAll('$DIR', directory)
      .replaceAll('$POOL', pool)
      .matchAll(/"([^"]*)"|(\S+)/g),
  ].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

/** Those that texts of the transcript have; others are made by a daemon. */
const OWN_UUID = /^[1-9]{8}-0000-4000-8000-/
const OWN_MAC = /^52:54:00:(00|11):/

function masked({ directory, pool, socket }: Side, text: string): string {
  return text
    .replaceAll(pool, '$POOL')
    .replaceAll(socket, '$SOCKET')
    .replaceAll(directory, '$DIR')
    .replace(/\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b/g, (uuid) => (OWN_UUID.test(uuid) ? uuid : '<uuid>'))
    .replace(/\b[\da-f]{2}(:[\da-f]{2}){5}\b/g, (mac) => (OWN_MAC.test(mac) ? mac : '<mac>'))
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4})?\b/g, '<time>')
    .replace(/(?<=^CPU frequency: +)\d+/gm, '<MHz>')
    .replace(/(?<=^Memory size: +)\d+/gm, '<KiB>')
    .replace(/(?<=^CPU time: +)\d+\.\d+s/gm, '<time>')
}
