/** Asks qemu-img what is wrong with an image, and what snapshots are in it, as QEMU's user. */
import { execFile } from 'node:child_process'
import type { ImageCheck } from '../app/disk-ports.ts'
import { WeftError } from '../core/errors.ts'
import { confinedArgv } from '../core/host/confinement.ts'
import type { HostFacts } from '../core/host/facts.ts'

/** Tables are read, not data: a minute would be long. */
const LIMIT_MS = 15 * 60_000
/** A file in a million pieces is told of in 100 bytes a piece. */
const MOST_OUTPUT = 256 * 1024 * 1024
/** Something is wrong with the image; the numbers say what. */
const FOUND = [0, 2, 3]

interface Report {
  readonly 'check-errors'?: number
  readonly corruptions?: number
  readonly leaks?: number
}

/** A raw image has no tables that could be wrong. */
export async function checkImage(
  facts: HostFacts,
  path: string,
  format: 'qcow2' | 'raw',
): Promise<ImageCheck> {
  if (format === 'raw') return { errors: 0, leaks: 0 }
  const [program, ...args] = confinedArgv(facts, ['qemu-img', 'check', '--output=json', '-f', format, path])
  const { code, out, said } = await run(program, args)
  if (!FOUND.includes(code))
    throw new WeftError('command-failed', `'${path}' could not be checked`, {
      details: [['it said', said.trim()]],
    })
  const report = JSON.parse(out) as Report
  return { errors: (report.corruptions ?? 0) + (report['check-errors'] ?? 0), leaks: report.leaks ?? 0 }
}

/** Tried by one read: the answer of the kernel depends on the user and on what the host allows. */
export async function hasUring(facts: HostFacts, path: string): Promise<boolean> {
  const words = ['bench', '-U', '-q', '-i', 'io_uring', '-c', '1', '-d', '1', '-s', '512', '-f', 'raw', path]
  const [program, ...args] = confinedArgv(facts, ['qemu-img', ...words])
  return (await run(program, args)).code === 0
}

/** `-U`: the QEMU that has it open may be writing; the list of snapshots is replaced as a whole. */
export async function listSnapshots(facts: HostFacts, path: string): Promise<readonly string[]> {
  const argv = confinedArgv(facts, ['qemu-img', 'info', '-U', '--output=json', '-f', 'qcow2', path])
  const [program, ...args] = argv
  const { code, out, said } = await run(program, args)
  if (code !== 0)
    throw new WeftError('command-failed', `the snapshots in '${path}' could not be listed`, {
      details: [['it said', said.trim()]],
    })
  const { snapshots = [] } = JSON.parse(out) as { snapshots?: readonly { readonly name: string }[] }
  return snapshots.map(({ name }) => name)
}

/** Whatever it ends with. */
export function runQuietly(
  argv: readonly [string, ...string[]],
): Promise<{ code: number; out: string; said: string }> {
  return run(argv[0], argv.slice(1))
}

function run(program: string, args: string[]): Promise<{ code: number; out: string; said: string }> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { timeout: LIMIT_MS, maxBuffer: MOST_OUTPUT, env: { ...process.env, LC_ALL: 'C' } },
      (error, out, said) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code, out, said: said === '' ? (error?.message ?? '') : said })
      },
    )
  })
}
