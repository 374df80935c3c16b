/** What a start needs of a saved machine: what it ran with, and that its disks are as they were. */
import { WeftError } from '../core/errors.ts'
import type { Acceleration } from '../core/host/facts.ts'
import type { VmContext } from '../core/vm/context.ts'
import { parseStamps, saveFiles, type DiskStamp, type SavedVm } from '../core/vm/saved.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'

/** A float has no more digits for a time in nanoseconds. */
const CLOCK_GRAIN_MS = 1

/** As it was, whatever its definition says by now; what cloud-init is told is not in the note, since it may hold secrets. */
export function savedSpec(app: App, { name, live }: SavedVm): VmSpec {
  const cloudInit = app.vms.find(name)?.cloudInit
  // QEMU loads what a machine has been given since its start into one that begins as it did.
  const spec = live.boot === undefined ? live.spec : { ...live.spec, memoryMiB: live.boot.memoryMiB }
  return spec.cloudInit === undefined || cloudInit === undefined ? spec : { ...spec, cloudInit }
}

/** What QEMU has to be told as before, so that the memory fits. */
export function savedContext({
  live,
  machineType,
}: SavedVm): Pick<VmContext, 'machineType' | 'lastSlot' | 'romless' | 'controllers' | 'mtus' | 'givenMiB'> {
  return {
    machineType,
    ...(live.boot === undefined ? {} : { givenMiB: live.spec.memoryMiB }),
    ...(live.lastSlot === undefined ? {} : { lastSlot: live.lastSlot }),
    ...(live.controllers === undefined ? {} : { controllers: live.controllers }),
    ...(live.romless === undefined ? {} : { romless: live.romless }),
    mtus: live.spec.nics.map((_, i) => live.mtus?.[i] ?? undefined),
  }
}

/** A guest goes on with the processor it has. */
export function savedAcceleration({ name, live }: SavedVm, host: Acceleration): Acceleration {
  const { kind } = live.acceleration
  if (kind === 'tcg' || host.kind === kind)
    return { ...live.acceleration, because: `that is how it ran when it was saved` }
  throw new WeftError('unsupported', `machine '${name}' was saved while KVM ran it: ${host.because}`, {
    hint: `give the saved memory up, and boot: weft vm discard ${name}`,
  })
}

/** A guest that finds other data on its disks than it remembers destroys them. */
export async function refuseChangedDisks(
  app: App,
  { name, at }: SavedVm,
  given?: readonly DiskStamp[],
): Promise<void> {
  const noted = given ?? (await app.host.readTextFile(saveFiles(app.facts.paths, name).disks)) ?? ''
  const stamps = typeof noted === 'string' ? parseStamps(noted) : noted
  for (const { path, identity, size, modifiedMs } of stamps) {
    const now = await app.host.inspectFile(path)
    // What is written to a block device leaves no trace on its node.
    if (now?.identity.startsWith('block:') === true) continue
    const isSame =
      now?.identity === identity &&
      now.size === size &&
      Math.abs(now.modifiedMs - modifiedMs) <= CLOCK_GRAIN_MS
    if (isSame) continue
    const what = now === undefined ? 'is gone' : 'has been written to'
    throw new WeftError(
      'conflict',
      `cannot restore machine '${name}': '${path}' ${what} since it was saved (${at})`,
      { hint: `boot from the disks as they are: weft vm discard ${name}, then weft vm start ${name}` },
    )
  }
}
