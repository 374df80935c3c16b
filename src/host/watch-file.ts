/** inotify, where there is any: what is done to a file, or to the files of a directory, is heard and not asked for. */
import { watch, type FSWatcher } from 'node:fs'

/** `onChange` is given the name in the directory. Undefined when the path has gone meanwhile, or the user has no inotify watch left. */
export function watchFile(path: string, onChange: (name: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, (_event, name) => {
      onChange(name ?? '')
    })
    return watcher.on('error', () => {
      watcher.close()
    })
  } catch {
    return undefined
  }
}
