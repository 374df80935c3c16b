/** Disks of machines that run, by the names their QEMUs have for them. */
import type { LiveVm } from '../core/vm/context.ts'
import type { NamedDisk } from '../core/vm/plan-disk-plug.ts'
import { diskId } from '../core/vm/qemu-disks.ts'
import type { DiskDevice } from '../core/vm/spec.ts'
import type { App } from './ports.ts'
import { readLive } from './vm-state.ts'

/** undefined when it does not run. */
export async function liveOf(app: App, name: string): Promise<LiveVm | undefined> {
  return app.machines.isRunning(name) ? readLive(app, name) : undefined
}

export const withIds = (disks: readonly DiskDevice[]): NamedDisk[] =>
  disks.map((disk, position) => ({ ...disk, id: diskId(disk, position) }))

/** Of a machine that runs and writes to it. */
export async function findLiveDisk(app: App, path: string): Promise<{ vm: string; id: string } | undefined> {
  for (const { name } of app.vms.list()) {
    const live = await liveOf(app, name)
    const disks = withIds(live?.spec.disks ?? [])
    const disk = disks.find((each) => each.path === path && each.isReadOnly !== true)
    if (disk !== undefined) return { vm: name, id: disk.id }
  }
  return undefined
}
