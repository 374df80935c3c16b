/** QEMU says once when a guest has written behind some byte of an image: who enlarges what lies below it does so in time. */
import { lastingPlan, type Step } from '../core/plan/plan.ts'
import { vmFiles } from '../core/vm/context.ts'
import { WeftError } from '../core/errors.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { getMachineDisk, nodesOf } from './live-disks.ts'
import type { App } from './ports.ts'
import { inTurnOf } from './vm-turn.ts'

/** `behind`: bytes of the uppermost image's file; 0: nothing is said any more. Of a machine that runs. */
export function watchDisk(
  app: App,
  vm: string,
  word: string,
  behind: number,
  request: ChangeRequest,
): Promise<Changed<'watched'>> {
  return inTurnOf(app, vm, async () => {
    const { live, disk } = await getMachineDisk(app, vm, word)
    if (live === undefined)
      throw new WeftError('wrong-state', `machine '${vm}' does not run`, { hint: `weft vm start ${vm}` })
    const [node = disk.id] = nodesOf(live, disk.id)
    const { qmp: socket } = vmFiles(app.facts.paths, vm)
    const tell = (threshold: number): Step['do'] => ({
      kind: 'qmp',
      socket,
      command: 'block-set-write-threshold',
      arguments: { 'node-name': node, 'write-threshold': threshold },
    })
    const step: Step = {
      reason: `QEMU says when '${disk.path}' is written to behind ${String(behind)} bytes`,
      do: tell(behind),
      undo: tell(0),
    }
    return carryOut(app, request, lastingPlan(`watch '${disk.path}' of machine '${vm}'`, [step]), 'watched')
  })
}
