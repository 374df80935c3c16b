/** Kernel modules with everything they depend on, uncompressed, in the order they must be loaded in. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

export interface KernelModule {
  readonly name: string
  readonly content: Buffer
}

/** Modules that are built in, or that this kernel does not have, are left out. */
export async function collectModules(
  directory: string,
  wanted: readonly string[],
): Promise<readonly KernelModule[]> {
  const files = await indexModules(directory)
  const loaded = new Map<string, KernelModule>()
  async function load(name: string): Promise<void> {
    const path = files.get(name)
    if (path === undefined || loaded.has(name)) return
    const content = await readModule(path)
    for (const dependency of readDependencies(content)) await load(dependency)
    loaded.set(name, { name, content })
  }
  for (const name of wanted) await load(name)
  return [...loaded.values()]
}

/** A file's dashes are underscores in the module's name. */
async function indexModules(directory: string): Promise<ReadonlyMap<string, string>> {
  const files = await readdir(join(directory, 'kernel'), { recursive: true })
  return new Map(
    files
      .filter((file) => /\.ko(\.xz|\.zst|\.gz)?$/.test(file))
      .map((file) => [
        basename(file)
          .replace(/\.ko(\.\w+)?$/, '')
          .replaceAll('-', '_'),
        join(directory, 'kernel', file),
      ]),
  )
}

async function readModule(path: string): Promise<Buffer> {
  if (path.endsWith('.xz')) return decompress('xz', path)
  if (path.endsWith('.zst')) return decompress('zstd', path)
  return path.endsWith('.gz') ? decompress('gzip', path) : readFile(path)
}

async function decompress(program: string, path: string): Promise<Buffer> {
  const { stdout } = await promisify(execFile)(program, ['-dc', path], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

/** From the module's own notes: an unpacked package has no modules.dep yet, depmod makes it when the package is installed. */
export function readDependencies(module: Buffer): string[] {
  const mark = Buffer.from('\0depends=')
  const start = module.indexOf(mark)
  if (start === -1) return []
  const from = start + mark.length
  const text = module.toString('latin1', from, module.indexOf(0, from))
  return text === '' ? [] : text.split(',').map((name) => name.replaceAll('-', '_'))
}
