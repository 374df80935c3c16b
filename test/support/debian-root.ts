/** A root directory of the distribution's own packages with everything they need, as on a host that has nothing yet: unpacked, not installed. */
import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** No maintainer script runs: whoever needs what one does does it himself. `work` is for archives on their way. */
export async function unpackPackages(packages: readonly string[], root: string, work: string): Promise<void> {
  const archives = join(work, 'archives')
  await mkdir(join(archives, 'partial'), { recursive: true })
  await writeFile(join(work, 'status'), '')
  const options = [
    `Dir::State::status=${join(work, 'status')}`,
    `Dir::Cache::archives=${archives}`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root',
    'APT::Install-Recommends=0',
  ].flatMap((option) => ['-o', option])
  await run('apt-get', '-qq', '-y', '--download-only', ...options, 'install', ...packages)
  for (const name of await readdir(archives)) {
    if (name.endsWith('.deb')) await run('dpkg-deb', '-x', join(archives, name), root)
  }
  await rm(archives, { recursive: true })
}

/** Throws what the program said. */
export async function run(program: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
  return (await promisify(execFile)(program, args, { env, maxBuffer: 2 ** 26 })).stdout
}
