/** Keys of encrypted disks as they come from people: files of root's, until a plan moves them to where they are kept. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import type { App } from '../app/ports.ts'
import { keyDirectory, type Paths } from '../core/host/paths.ts'

export function createKeyFiles(paths: Paths): App['keys'] {
  const directory = keyDirectory(paths)
  return {
    async bring(key) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await chmod(directory, 0o700)
      const path = `${directory}/${randomUUID()}.coming`
      await writeFile(path, key, { mode: 0o600, flag: 'wx' })
      return path
    },
    read: (path) =>
      readFile(path).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }),
    discard: (path) => rm(path, { force: true }),
  }
}
