/** How much of the host's storage a machine's disk may have: set before the guest runs, and changed while it does. */
import type { HostFacts } from '../host/facts.ts'
import type { QmpAction } from '../plan/action.ts'
import { noUndo, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'
import { backendId, diskId } from './qemu-disks.ts'
import type { DiskDevice, VmSpec } from './spec.ts'

export type DiskLimits = Pick<DiskDevice, 'iops' | 'bps'>

/** 0 is any. Reads and writes share one amount: nobody knows beforehand which of the two a guest will do. */
export function limitAction(facts: HostFacts, vm: string, id: string, limits: DiskLimits): QmpAction {
  const { iops = 0, bps = 0 } = limits
  const apart = { bps_rd: 0, bps_wr: 0, iops_rd: 0, iops_wr: 0 }
  return {
    kind: 'qmp',
    socket: vmFiles(facts.paths, vm).qmp,
    command: 'block_set_io_throttle',
    arguments: { id, iops, bps, ...apart },
  }
}

export const isLimited = ({ iops, bps }: DiskLimits): boolean => iops !== undefined || bps !== undefined

export function limitSteps(wanted: VmSpec, facts: HostFacts): Step[] {
  return wanted.disks.flatMap((disk, position): Step[] =>
    isLimited(disk)
      ? [
          {
            reason: `${disk.path} is read and written no faster than its definition says`,
            do: limitAction(
              facts,
              wanted.name,
              backendId(wanted.machine, disk, diskId(disk, position)),
              disk,
            ),
            undo: noUndo('ending QEMU ends the limit'),
          },
        ]
      : [],
  )
}
