/** Packages of the distribution, fetched and unpacked without being installed. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { WeftError } from '../core/errors.ts'

const FETCH_LIMIT_MS = 300_000

/** What a package depends on, by name; none when apt does not know it. */
export async function listDependencies(name: string): Promise<string[]> {
  const said = await runQuietly('apt-cache', ['depends', '--important', name]).catch(() => '')
  return [...said.matchAll(/^\s*\|?Depends: (\S+)$/gm)].flatMap((match) => match[1] ?? [])
}

/** Path of the archive in the directory; undefined when apt does not know or cannot fetch it. */
export async function downloadPackage(name: string, directory: string): Promise<string | undefined> {
  await mkdir(directory, { recursive: true })
  // apt fetches as a user of its own when it may write there, and warns when it may not.
  await chmod(directory, 0o755)
  const find = async (): Promise<string | undefined> =>
    (await readdir(directory)).find((each) => each.startsWith(`${name}_`) && each.endsWith('.deb'))
  if ((await find()) === undefined) {
    await runQuietly('apt-get', ['download', '-q', name], directory).catch(() => undefined)
  }
  const archive = await find()
  return archive === undefined ? undefined : join(directory, archive)
}

export async function unpackPackage(archive: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  try {
    await runQuietly('dpkg-deb', ['-x', archive, directory])
  } catch (error) {
    throw new WeftError('command-failed', `could not unpack '${archive}'`, { cause: error })
  }
}

async function runQuietly(program: string, argv: readonly string[], cwd = '/'): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...argv], {
    cwd,
    timeout: FETCH_LIMIT_MS,
    maxBuffer: 16 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  })
  return stdout
}
