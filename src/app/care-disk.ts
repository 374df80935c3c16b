/** Looking after disks that nobody has open: what is wrong with one, putting it right, and making sure that nobody reads it any more. */
import { WeftError } from '../core/errors.ts'
import { planDiskRepair, planDiskWipe } from '../core/storage/plan-disk.ts'
import { refuseEncrypted } from './refuse-encrypted.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { getDisk } from './disk-images.ts'
import { withSpaceErrors } from './disks.ts'
import { refuseBase, refuseRunning, refuseSaved, refuseWithoutQemuImg } from './refuse-disk.ts'
import { refuseSnapshots } from './snapshots.ts'
import type { ImageCheck } from './disk-ports.ts'
import type { App } from './ports.ts'

export async function checkDisk(app: App, name: string): Promise<ImageCheck> {
  const disk = await getDisk(app, name)
  refuseEncrypted([disk], 'checked', 'QEMU refuses to start with one that is broken')
  refuseRunning(app, disk)
  refuseWithoutQemuImg(app)
  return app.images.check(disk.path, disk.format)
}

/** Throws when something is wrong still. */
export function repairDisk(
  app: App,
  name: string,
  request: ChangeRequest,
): Promise<Changed<'repaired' | 'was-good'>> {
  return app.queue.run(`disk:${name}`, async () => {
    const before = await checkDisk(app, name)
    const disk = await getDisk(app, name)
    refuseSaved(app, disk)
    const plan = planDiskRepair(disk, app.facts)
    const isGood = before.errors === 0 && before.leaks === 0
    if (isGood) return carryOut(app, request, { ...plan, steps: [] }, 'was-good')
    const changed = await carryOut(app, request, plan, 'repaired')
    const after = request.dryRun ? { errors: 0 } : await app.images.check(disk.path, disk.format)
    if (after.errors === 0) return changed
    throw new WeftError('command-failed', `disk '${name}' still has ${String(after.errors)} errors`, {
      hint: 'take what can be read: weft disk clone, or restore a backup',
    })
  })
}

export function wipeDisk(app: App, name: string, request: ChangeRequest): Promise<Changed<'wiped'>> {
  return app.queue.run(`disk:${name}`, async () => {
    const disk = await getDisk(app, name)
    refuseEncrypted([disk], 'wiped', `without its key nobody reads it: weft disk delete ${name}`)
    refuseRunning(app, disk)
    refuseSaved(app, disk)
    refuseSnapshots(app, disk)
    refuseBase(disk, 'empty')
    refuseWithoutQemuImg(app)
    return withSpaceErrors(disk, () => carryOut(app, request, planDiskWipe(disk, app.facts), 'wiped'))
  })
}
