/** Where a file may be made that the user has named. */
import { WeftError } from '../core/errors.ts'
import type { App } from './ports.ts'

/** A file that is something else is not replaced: it may be a disk. `isSuch`: whether it is of the kind that is to be made. */
export async function refusePlace(
  app: App,
  path: string,
  isSuch: (app: App, path: string) => Promise<boolean>,
): Promise<void> {
  if (!path.startsWith('/'))
    throw new WeftError('invalid-argument', `'${path}' is not the whole path of a file`, {
      hint: `/.../${path}`,
    })
  const directory = path.slice(0, path.lastIndexOf('/')) || '/'
  if ((await app.host.inspectFile(directory))?.isDirectory !== true)
    throw new WeftError('not-found', `there is no directory '${directory}'`, {
      hint: `mkdir -p ${directory}`,
    })
  const there = await app.host.inspectFile(path)
  if (there === undefined || (there.isFile && (there.size === 0 || (await isSuch(app, path))))) return
  throw new WeftError('already-exists', `'${path}' is there already, and is something else`, {
    hint: 'name another file',
  })
}
