/** Where machines may have control groups of their own: under the group that weftd itself is in, which systemd leaves to it. */
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import type { Paths } from '../core/host/paths.ts'
import { readText } from './process-table.ts'

/** Nothing when there is no cgroup v2 that can be written to. Each root has a parent group of its own. */
export function findGroups({ run }: Paths): { groups?: string } {
  const own = /^0::(\/.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1]
  // A group outside the namespace begins with /..; one that was removed ends with a note.
  if (own === undefined || own.startsWith('/..') || own.endsWith(' (deleted)')) return {}
  const name = run
    .replace(/\/run\/weft$/, '/weft')
    .slice(1)
    .replaceAll('/', '-')
  const group = cgroupMounts()
    .flatMap(({ root, path }) => relativeTo(root, own).map((below) => join(path, below)))
    .find((path) => isWritable(join(path, 'cgroup.procs')))
  return group === undefined ? {} : { groups: join(group, name) }
}

/** proc_pid_mountinfo(5): what of the tree is mounted and where; the type follows a lone dash. */
function cgroupMounts(): { root: string; path: string }[] {
  const lines = (readText('/proc/self/mountinfo') ?? '').split('\n')
  return lines.flatMap((line) => {
    const [, , , root = '', path = ''] = line.split(' ')
    return line.includes(' - cgroup2 ') ? [{ root, path }] : []
  })
}

function relativeTo(root: string, own: string): string[] {
  if (root === '/' || own === root) return [own.slice(root === '/' ? 0 : root.length)]
  return own.startsWith(`${root}/`) ? [own.slice(root.length)] : []
}

/** The superuser may write to anything but what is mounted read-only. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
