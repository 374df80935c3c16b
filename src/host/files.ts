/** What a file is, and whether QEMU's user could open it. */
import { statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import type { FileFacts } from '../app/ports.ts'
import { confinedArgv } from '../core/host/confinement.ts'
import type { HostFacts } from '../core/host/facts.ts'
import { fileIdentity } from '../core/host/file-identity.ts'
import { runCommand } from './run-command.ts'

type QemuUser = HostFacts['qemuUser']
const READ = 4
const WRITE = 2
const SEARCH = 1

/** undefined when it is not there. What the mode refuses may still be allowed by an access list: then the kernel is asked. */
export async function inspectFile(path: string, facts: HostFacts): Promise<FileFacts | undefined> {
  const user = facts.qemuUser
  const stats = statOrNothing(path)
  if (stats === undefined) return undefined
  const isReachable = everyParent(path).every((parent) => may(statSync(parent), user, SEARCH))
  const isAllowed = async (bit: number, flag: string): Promise<boolean> =>
    (isReachable && may(stats, user, bit)) || (await passes(facts, flag, path))
  return {
    size: stats.size,
    modifiedMs: stats.mtimeMs,
    isDirectory: stats.isDirectory(),
    isFile: stats.isFile(),
    owner: { uid: stats.uid, gid: stats.gid },
    isReachable,
    identity: fileIdentity(stats),
    qemuMayRead: await isAllowed(READ, '-r'),
    qemuMayWrite: await isAllowed(WRITE, '-w'),
  }
}

/** A path that is too long, goes round in circles or has a NUL in it leads to no file either. */
function statOrNothing(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** test(1) as QEMU's user. */
async function passes(facts: HostFacts, flag: string, path: string): Promise<boolean> {
  const argv = confinedArgv(facts, ['test', flag, path])
  const ended = await runCommand(argv, { accept: [1] }).catch(() => undefined)
  return ended?.exitCode === 0
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
