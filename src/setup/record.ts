/** What `up` made on a real host, so that `down` takes back exactly that and nothing else. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathsUnder } from '../core/host/paths.ts'

export interface Made {
  readonly machines: readonly string[]
  readonly users: readonly string[]
  readonly packages: readonly string[]
}

const NOTHING: Made = { machines: [], users: [], packages: [] }
const recordFile = (root: string): string => join(pathsUnder(root).lib, 'up.json')

/** Adds to what earlier runs of `up` made. */
export async function rememberMade(root: string, made: Made): Promise<void> {
  const before = await recallMade(root)
  const merged: Made = {
    machines: union(before.machines, made.machines),
    users: union(before.users, made.users),
    packages: union(before.packages, made.packages),
  }
  await mkdir(dirname(recordFile(root)), { recursive: true, mode: 0o755 })
  await writeFile(recordFile(root), `${JSON.stringify(merged, null, 2)}\n`)
}

export async function recallMade(root: string): Promise<Made> {
  const text = await readFile(recordFile(root), 'utf8').catch(() => undefined)
  return text === undefined ? NOTHING : { ...NOTHING, ...(JSON.parse(text) as Partial<Made>) }
}

export const forgetMade = (root: string): Promise<void> => rm(recordFile(root), { force: true })

const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])]
