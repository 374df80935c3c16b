/** What a file is, and whether QEMU's user could open it. */
import { statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import type { FileFacts } from '../app/ports.ts'
import type { HostFacts } from '../core/host/facts.ts'

type QemuUser = HostFacts['qemuUser']
const READ = 4
const WRITE = 2
const SEARCH = 1

/** undefined when it is not there. */
export function inspectFile(path: string, user: QemuUser): FileFacts | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const isReachable = everyParent(path).every((parent) => may(statSync(parent), user, SEARCH))
  return {
    size: stats.size,
    isDirectory: stats.isDirectory(),
    qemuMayRead: isReachable && may(stats, user, READ),
    qemuMayWrite: isReachable && may(stats, user, WRITE),
  }
}

function everyParent(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...everyParent(parent)]
}

/** The first class that fits decides, as in the kernel: an owner without the bit is refused although others have it. */
function may(stats: Stats, user: QemuUser, bit: number): boolean {
  if (user.owner.uid === 0) return true
  if (stats.uid === user.owner.uid) return (stats.mode & (bit << 6)) !== 0
  const groups = [user.owner.gid, ...(user.kvmGid === undefined ? [] : [user.kvmGid])]
  if (groups.includes(stats.gid)) return (stats.mode & (bit << 3)) !== 0
  return (stats.mode & bit) !== 0
}
