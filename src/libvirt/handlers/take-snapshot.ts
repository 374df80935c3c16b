/**
 * A snapshot as libvirt's clients ask for one. Weft keeps disks in their images and memory beside them; images of their own begin only where
 * nobody wants to hear of the snapshot again, as programs that make backups ask for it (decision 63).
 */
import { overlayDisk } from '../../app/disk-jobs.ts'
import { createSnapshot, treeOf } from '../../app/snapshots.ts'
import { killVm } from '../../app/vms.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import type { DomainHandle } from '../wire/types.ts'
import type { SnapshotDraft } from '../xml/snapshot.ts'
import { drivesOf, findDrive, type Drive } from './drives.ts'
import { fail } from './failures.ts'
import { specOf } from './find-machine.ts'
import type { Context } from './handler.ts'

/** virDomainSnapshotCreateFlags. */
const NO_METADATA = 4
const HALT = 8
const DISK_ONLY = 16
const REUSE = 32
const QUIESCE = 64

/** Its name. */
export async function takeSnapshot(
  context: Context,
  dom: DomainHandle,
  draft: SnapshotDraft,
  flags: number,
): Promise<string> {
  const { app, change } = context
  const spec = specOf(context, dom)
  const name = draft.name ?? String(Math.floor(app.chance.now().getTime() / 1000))
  if ((flags & REUSE) !== 0) throw fail('unsupported', 'qemu', 'weft makes the images of a snapshot itself')
  if ((flags & NO_METADATA) !== 0) await overlayAll(context, spec, { ...draft, name }, flags)
  else await keep(context, spec, { ...draft, name }, flags)
  if ((flags & HALT) !== 0 && app.machines.isRunning(spec.name)) await killVm(app, spec.name, change)
  return name
}

type Named = SnapshotDraft & { readonly name: string }

async function keep(
  { app, change }: Context,
  { name: vm }: VmSpec,
  draft: Named,
  flags: number,
): Promise<void> {
  const { name, description, memory, disks } = draft
  if (treeOf(app, vm).snapshots.some((each) => each.name === name))
    throw fail('failed', 'qemu', `domain moment ${name} already exists`)
  if (memory === 'external' || disks.some(({ place, file }) => place === 'external' || file !== undefined))
    throw fail(
      'unsupported',
      'qemu',
      'weft keeps snapshots in the images of their disks; new images over them: --disk-only --no-metadata',
    )
  const left = disks.find(({ place }) => place === 'no' || place === 'manual')
  if (left !== undefined)
    throw fail(
      'unsupported',
      'qemu',
      `weft leaves no disk out of a snapshot that is written to: ${left.name}`,
    )
  const diskOnly = (flags & DISK_ONLY) !== 0 || memory === 'no'
  const quiesce = (flags & QUIESCE) !== 0
  const order = { name, ...(description === undefined ? {} : { description }), diskOnly, quiesce }
  await createSnapshot(app, vm, order, change)
}

/** Each disk goes on in an image of its own, and the one before is not written to any more. */
async function overlayAll(context: Context, spec: VmSpec, draft: Named, flags: number): Promise<void> {
  const { app, change } = context
  if ((flags & DISK_ONLY) === 0)
    throw fail('unsupported', 'qemu', 'without metadata there are snapshots of disks alone: --disk-only')
  if ((flags & QUIESCE) !== 0)
    throw fail('unsupported', 'qemu', 'one disk follows the other: virsh domfsfreeze before, domfsthaw after')
  const drives = drivesOf(app.machines.spec(spec.name) ?? spec, undefined)
  for (const { name } of draft.disks)
    if (findDrive(drives, name) === undefined)
      throw fail('unsupportedConfig', 'qemu', `no disk named '${name}'`)
  for (const drive of drives.filter(({ isCd }) => !isCd)) {
    const asked = draft.disks.find(({ name }) => findDrive(drives, name) === drive)
    if (asked?.place === 'no' || asked?.place === 'internal') continue
    const name = asked?.file ?? nextFile(drive, draft.name)
    await overlayDisk(app, spec.name, drive.id, { name }, change)
  }
}

/** As libvirt calls it: the snapshot's name in place of the image's suffix. */
function nextFile({ path = '' }: Drive, snapshot: string): string {
  return path.replace(/(\/[^/]*?)(\.[^./]*)?$/, `$1.${snapshot}`)
}
