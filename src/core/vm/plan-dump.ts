/** What a guest has in memory, for a debugger: QEMU writes a core while the machine stands still, and it goes to the user's file. */
import type { HostFacts } from '../host/facts.ts'
import { saveDirectory } from '../host/paths.ts'
import { run } from '../plan/action.ts'
import { lastingPlan, noUndo, type Plan } from '../plan/plan.ts'
import { JOB_LIMIT_MS, syncStep, tellVia } from './memory-file.ts'

/** QEMU's words: ELF, or what kdump writes, compressed so. */
export type DumpFormat = 'elf' | 'kdump-zlib' | 'kdump-lzo' | 'kdump-snappy'

/** Whole or not at all: the file comes under its name when all of it is on the disk. */
export function planDump(name: string, to: string, format: DumpFormat, facts: HostFacts): Plan {
  const core = `${saveDirectory(facts.paths)}/${name}.core`
  const part = `${to}.part`
  const qmp = tellVia(facts, name)
  return lastingPlan(`dump the memory of machine '${name}' to '${to}'`, [
    {
      reason: `a file for the core of ${name}, which nobody but QEMU's user may read`,
      do: { kind: 'write', path: core, content: '', mode: 0o600, owner: facts.qemuUser.owner },
      undo: { kind: 'remove', path: core },
    },
    {
      reason: `QEMU writes the memory of ${name} to it; its processors stand still meanwhile`,
      do: qmp('dump-guest-memory', { paging: false, protocol: `file:${core}`, detach: true, format }),
      undo: noUndo('QEMU ends it by itself, and lets the processors go on'),
    },
    {
      reason: 'it is whole',
      do: {
        ...qmp('query-dump'),
        answers: { field: 'status', is: 'completed', isNever: 'failed', waitMs: JOB_LIMIT_MS },
      },
      undo: noUndo('there is nothing to take back'),
    },
    {
      reason: 'it is where it is wanted, for root alone',
      do: {
        ...run('sh', '-c', 'mv -T -- "$1" "$2" && chown 0:0 -- "$2"', 'move', core, part),
        timeoutMs: JOB_LIMIT_MS,
      },
      undo: { kind: 'remove', path: part },
    },
    syncStep([part]),
    {
      reason: 'it has its name',
      do: run('mv', '-T', '--', part, to),
      undo: noUndo('it is the last step'),
    },
  ])
}
