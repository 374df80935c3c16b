/** Asks qemu-img what is wrong with an image, as QEMU's user. */
import { execFile } from 'node:child_process'
import type { ImageCheck } from '../app/disk-ports.ts'
import { WeftError } from '../core/errors.ts'
import { confinedArgv } from '../core/host/confinement.ts'
import type { HostFacts } from '../core/host/facts.ts'

/** Tables are read, not data: a minute would be long. */
const LIMIT_MS = 15 * 60_000
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

function run(program: string, args: string[]): Promise<{ code: number; out: string; said: string }> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { timeout: LIMIT_MS, env: { ...process.env, LC_ALL: 'C' } },
      (error, out, said) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code, out, said: said === '' ? (error?.message ?? '') : said })
      },
    )
  })
}
