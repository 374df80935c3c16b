/** A disk in another format, under its own name: machines that name it go over to it, and the file it was goes. */
import { diskPath, type DiskFormat } from '../core/storage/disk.ts'
import { convertFilling, planDiskDelete, planDiskFill } from '../core/storage/plan-disk.ts'
import type { Step } from '../core/plan/plan.ts'
import { refuseEncrypted } from './refuse-encrypted.ts'
import { carryOut, type Changed, type ChangeRequest } from './change.ts'
import { planDefinition } from './definitions.ts'
import { getDisk, getActivePool } from './disk-images.ts'
import { withSpaceErrors } from './disks.ts'
import { HOST_QUEUE } from './find-network.ts'
import type { App } from './ports.ts'
import { refuseBase, refuseRunning, refuseSaved, refuseWithoutQemuImg } from './refuse-disk.ts'
import { refuseJobOn } from './refuse-job.ts'
import { refuseSnapshots } from './snapshots.ts'

/** It has everything itself from then on, also where it began with another. */
export function convertDisk(
  app: App,
  name: string,
  format: DiskFormat,
  request: ChangeRequest,
): Promise<Changed<'converted' | 'has-that-format'>> {
  return app.queue.run(HOST_QUEUE, async () => {
    const disk = await getDisk(app, name)
    const pool = getActivePool(app, disk.pool)
    refuseEncrypted([disk], 'written anew in another format')
    refuseRunning(app, disk)
    refuseSaved(app, disk)
    refuseSnapshots(app, disk)
    refuseBase(disk, 'of another format')
    refuseJobOn(app, disk.path)
    refuseWithoutQemuImg(app)
    const wanted = { name, format, path: diskPath(pool, name, format) }
    const filling = convertFilling(disk.path, disk.format, wanted)
    const plan = planDiskFill(`convert disk '${name}' to ${format}`, wanted, filling, {
      pool,
      facts: app.facts,
    })
    if (disk.format === format) return carryOut(app, request, { ...plan, steps: [] }, 'has-that-format')
    const steps = [...plan.steps, ...(await goOverSteps(app, disk.path, wanted))]
    const whole = {
      ...plan,
      steps: [...steps, ...planDiskDelete(disk, app.facts).steps],
      pointOfNoReturn: steps.length,
    }
    const notes = [`disk file: ${wanted.path}`]
    const changed = await withSpaceErrors(wanted, () => carryOut(app, request, whole, 'converted', notes))
    if (request.dryRun) return changed
    for (const vm of disk.machines) {
      await app.vms.refresh(vm)
      app.events.emit({ kind: 'vm', name: vm, what: 'defined' })
    }
    return changed
  })
}

async function goOverSteps(
  app: App,
  from: string,
  { path, format }: { readonly path: string; readonly format: DiskFormat },
): Promise<Step[]> {
  const users = app.vms.list().filter(({ disks }) => disks.some((disk) => disk.path === from))
  const plans = users.map((spec) => {
    const disks = spec.disks.map((disk) => (disk.path === from ? { ...disk, path, format } : disk))
    return planDefinition(app, app.vms, { ...spec, disks }, '')
  })
  return (await Promise.all(plans)).flatMap(({ steps }) => steps)
}
