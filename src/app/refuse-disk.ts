/** What disks are refused for: machines that use them, others that begin with them, and a program that is not there. */
import { WeftError } from '../core/errors.ts'
import type { DiskState } from './disk-images.ts'
import type { App } from './ports.ts'

export function refuseWithoutQemuImg(app: App): void {
  if (app.facts.programs['qemu-img'] !== undefined) return
  throw new WeftError('missing-program', `'qemu-img' is not installed`, {
    hint: 'apt-get install qemu-utils',
  })
}

/** The memory of a saved machine fits its disks only as they are. */
export function refuseSaved(app: App, disk: Pick<DiskState, 'name' | 'path'>): void {
  const saved = app.saves
    .list()
    .find(({ live }) =>
      live.spec.disks.some(({ path, isReadOnly }) => path === disk.path && isReadOnly !== true),
    )
  if (saved === undefined) return
  const { name } = saved
  throw new WeftError('in-use', `disk '${disk.name}' is in use by machine '${name}', which is saved`, {
    hint: `weft vm start ${name}, or give its memory up: weft vm discard ${name}`,
  })
}

export function refuseRunning(app: App, disk: DiskState): void {
  const running = disk.machines.find((name) => app.machines.isRunning(name))
  if (running === undefined) return
  throw new WeftError('in-use', `disk '${disk.name}' is in use by machine '${running}', which runs`, {
    hint: `weft vm stop ${running}`,
  })
}

/** Whoever begins with it would read something else from then on. */
export function refuseBase(disk: DiskState, becomes: string): void {
  const [overlay] = disk.overlays
  if (overlay === undefined) return
  const message = `disk '${overlay}' begins with what is in disk '${disk.name}' and would be destroyed if that were ${becomes}`
  throw new WeftError('in-use', message, { hint: 'weft disk tree shows what begins with what' })
}
