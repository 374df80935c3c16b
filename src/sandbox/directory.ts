/** The directory a sandbox lives in: made, recognised by a marker, and removed again; never anybody else's. */
import { chmod, lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { WeftError } from '../core/errors.ts'

/** What the sandbox itself keeps, beside weft's own etc, var and run. */
export const stateDirectory = (root: string): string => join(root, 'sandbox')
const marker = (root: string): string => join(stateDirectory(root), 'made-by-weft')

/** Makes the directory, or takes over what a sandbox that died left in it. */
export async function claimDirectory(root: string): Promise<void> {
  refuseOddPlaces(root)
  await mkdir(root, { recursive: true, mode: 0o755 })
  await refuseStrangers(root)
  // Whatever the umask: QEMU runs as a user without rights, and has to get at its files in there.
  await chmod(root, 0o755)
  await mkdir(stateDirectory(root), { recursive: true })
  await writeFile(marker(root), 'this directory is removed by: weft down --sandbox\n')
}

/** Removes the directory of a sandbox that has ended; leaves any other directory alone. */
export async function releaseDirectory(root: string): Promise<void> {
  if (!(await exists(marker(root)))) return
  await rm(root, { recursive: true, force: true })
}

/** /run is empty inside a sandbox, so what lies under it could not be seen there. */
function refuseOddPlaces(root: string): void {
  const isOdd = resolve(root) === '/' || /^(\/var)?\/run(\/|$)/.test(resolve(root))
  if (isAbsolute(root) && !isOdd) return
  throw new WeftError('invalid-argument', `a sandbox cannot live in '${root}'`, {
    hint: 'choose an absolute path outside /run, as in WEFT_SANDBOX=/var/tmp/weft-sandbox',
  })
}

/** In a directory open to all, somebody else may have made this one, or a link, before us. */
async function refuseStrangers(root: string): Promise<void> {
  const found = await lstat(root)
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new WeftError('conflict', `'${root}' belongs to somebody else`, {
      hint: 'choose another directory with WEFT_SANDBOX=DIR',
    })
  if ((await readdir(root)).length > 0 && !(await exists(marker(root))))
    throw new WeftError('conflict', `'${root}' has files in it that are not a sandbox's`, {
      hint: 'choose another directory with WEFT_SANDBOX=DIR',
    })
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
