/** Changes to the host's own way out: which wait for a confirmation, which stay, and whether their guards live. */
import { statSync } from 'node:fs'
import type { SeenGuard } from '../app/uplink-ports.ts'
import type { Paths } from '../core/host/paths.ts'
import { guardDirectory, guardFiles, type GuardNote } from '../core/host/uplink/guard-files.ts'
import { listDirectory } from './observe-network-files.ts'
import { findByPidFile, readText } from './process-table.ts'

export function observeGuards(paths: Paths): SeenGuard[] {
  const boot = readText('/proc/sys/kernel/random/boot_id')?.trim()
  return listDirectory(guardDirectory(paths)).flatMap((name) => {
    const { note, armed, confirmed, pid, script } = guardFiles(paths, name)
    const about = readText(note)
    // One that has not come so far has nothing to take back either.
    if (about === undefined) return []
    const { uplink, confirmWithin, keeper, changes, former, idle } = JSON.parse(about) as GuardNote
    const since = statSync(armed, { throwIfNoEntry: false })?.mtimeMs
    const waiting = readText(armed)?.trim()
    const kept = readText(confirmed)?.trim()
    return [
      {
        name,
        uplink,
        state: waiting !== undefined ? 'waits' : kept !== undefined ? 'confirmed' : 'begun',
        isOfThisBoot: (waiting ?? kept) === boot,
        isGuarded: findByPidFile(pid, script) !== undefined,
        ...(changes === undefined ? {} : { changes }),
        ...(former === undefined ? {} : { former }),
        ...(idle === undefined ? {} : { idle }),
        ...(keeper === undefined ? {} : { keeper }),
        ...(since === undefined ? {} : { endsAtMs: since + confirmWithin * 1000 }),
      },
    ]
  })
}
