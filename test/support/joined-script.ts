/**
 * A script of the tests' that is started hundreds of times: its modules joined into one, as weftd's are, which begins in less than half the
 * time. When a source has changed since, it removes itself and runs from source, and is joined anew for whoever comes next.
 */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { writeBundle } from '../../src/bundle/write-bundle.ts'

const PROJECT = join(import.meta.dirname, '../..')

/** The path to run. A script that cannot be joined would begin slowly each time, and nobody would notice. */
export function joinedScript(source: string): string {
  const file = `node_modules/.cache/${basename(source, '.ts')}.cjs`
  const path = join(PROJECT, file)
  if (
    !existsSync(path) &&
    !writeBundle(PROJECT, { entry: source, fromSource: source, file, compares: 'all' })
  )
    throw new Error(
      `'${source}' cannot be joined: a module of it is written in a manner that src/bundle does not know`,
    )
  return path
}
