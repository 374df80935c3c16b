/** Which of the programs that weft runs are installed, and where. */
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { PROGRAMS, type HostFacts, type ProgramName } from '../core/host/facts.ts'
import { commandEnvironment } from './command-error.ts'

/** What was missing is looked for again: somebody may install it because weft said so, and goes on without restarting weftd. */
export function findPrograms(
  find: (name: string) => string | undefined = findProgram,
): HostFacts['programs'] {
  const found = new Map<string, string>()
  const locate = (name: string): string | undefined => {
    const path = found.get(name) ?? find(name)
    if (path !== undefined) found.set(name, path)
    return path
  }
  const programs = {} as Record<ProgramName, string | undefined>
  for (const name of Object.keys(PROGRAMS)) {
    Object.defineProperty(programs, name, { enumerable: true, get: () => locate(name) })
  }
  return programs
}

export function findProgram(name: string): string | undefined {
  const directories = (commandEnvironment()['PATH'] ?? '').split(':').filter((path) => path !== '')
  return directories.map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
