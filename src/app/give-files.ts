/** Files that a machine is to have and QEMU's user may not: they are given to that user, as libvirt gives its machines theirs. */
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import { namedFiles } from '../core/vm/file-problems.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { carryOut, type ChangeRequest } from './change.ts'
import type { GivenDefinition } from './define-vm.ts'
import type { App, FileFacts } from './ports.ts'

type Files = Pick<VmSpec, 'name' | 'disks' | 'cdroms'> & Partial<Pick<VmSpec, 'kernel'>>

/**
 * Disks, CDs and kernels, not firmware. One that cannot be reached even so, since a directory above it lets nobody through, stays whose
 * it is: the start refuses it.
 */
export async function giveFiles(app: App, { name, ...files }: Files, request: ChangeRequest): Promise<void> {
  const steps: Step[] = []
  for (const { path, isWritten } of namedFiles(files)) {
    const facts = path.startsWith('/dev/') ? undefined : await app.host.inspectFile(path)
    if (facts !== undefined && isToGive(facts, isWritten)) steps.push(giveStep(app, path, facts.owner))
  }
  if (steps.length === 0) return
  await carryOut(app, request, lastingPlan(`give machine '${name}' its files`, steps), 'given')
}

/** Of a machine that has no definition yet: those that it names by their paths. */
export function filesOf({ definition: { name, disks, cdroms, kernel } }: GivenDefinition): Files {
  const named = disks.flatMap(({ source, format = 'raw', bus = 'virtio', isReadOnly }) =>
    'path' in source
      ? [{ path: source.path, format, bus, ...(isReadOnly === undefined ? {} : { isReadOnly }) }]
      : [],
  )
  return { name, disks: named, cdroms, ...(kernel === undefined ? {} : { kernel }) }
}

function isToGive({ isFile, isReachable, ...facts }: FileFacts, isWritten: boolean): boolean {
  return isFile && isReachable && !(facts.qemuMayRead && (facts.qemuMayWrite || !isWritten))
}

function giveStep({ facts: { qemuUser } }: App, path: string, before: FileFacts['owner']): Step {
  const word = ({ uid, gid }: FileFacts['owner']): string => `${String(uid)}:${String(gid)}`
  return {
    reason: `'${path}' is QEMU's user's: ${qemuUser.name}`,
    do: { kind: 'run', argv: ['chown', word(qemuUser.owner), path] },
    undo: { kind: 'run', argv: ['chown', word(before), path] },
  }
}
