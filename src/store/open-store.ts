/** Definitions on disk, one readable JSON file per object; read once, checked, kept in memory. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Store } from '../app/ports.ts'

export interface StoreOptions<T> {
  /** `ROOT/etc/weft/networks`. */
  readonly directory: string
  /** Refuses by throwing; the file stays, and what is wrong is told as a condition. */
  readonly check: (value: unknown, strictly?: boolean) => T
  readonly nameOf: (value: T) => string
  readonly holdsSecrets?: (value: T) => boolean
}

export interface OpenStore<T> extends Store<T> {
  /** Sentences about files that could not be read. */
  conditions(): readonly string[]
}

const SUFFIX = '.json'

export function openStore<T>(options: StoreOptions<T>): OpenStore<T> {
  const values = new Map<string, T>()
  const broken = new Map<string, string>()
  /** By name, until one changes: they are listed far more often. */
  let sorted: readonly T[] | undefined
  const file = (name: string): string => `${options.directory}/${name}${SUFFIX}`
  const read = (name: string): void => {
    values.delete(name)
    broken.delete(name)
    sorted = undefined
    try {
      const value = readValue(options, name, file(name))
      if (value !== undefined) values.set(name, value)
    } catch (error) {
      broken.set(name, `${file(name)} is not used: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  listNames(options.directory).forEach(read)
  return {
    nameOf: (value) => options.nameOf(value),
    holdsSecrets: (value) => options.holdsSecrets?.(value) ?? false,
    check: (value) => options.check(value, true),
    list: () => (sorted ??= [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)),
    find: (name) => values.get(name),
    file,
    format: (value) => `${JSON.stringify(value, undefined, 2)}\n`,
    refresh(name) {
      read(name)
      return Promise.resolve()
    },
    conditions: () => [...broken.values()],
  }
}

/** undefined when there is no such file. */
function readValue<T>(options: StoreOptions<T>, name: string, path: string): T | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const value = options.check(JSON.parse(text))
  const inside = options.nameOf(value)
  if (inside !== name) throw new Error(`it defines '${inside}'`)
  return value
}

function listNames(directory: string): string[] {
  try {
    const files = readdirSync(directory).filter((entry) => entry.endsWith(SUFFIX) && !entry.startsWith('.'))
    return files.map((entry) => entry.slice(0, -SUFFIX.length))
  } catch {
    return []
  }
}
