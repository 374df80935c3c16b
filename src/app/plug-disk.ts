/** Disks come to machines and go from them; the definition, the note of what runs and QEMU itself change together. */
import { WeftError } from '../core/errors.ts'
import { startPlan } from '../core/plan/plan.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { planDiskAttach, planDiskDetach, type NamedDisk } from '../core/vm/plan-disk-plug.ts'
import { controllersOf, isHotBus } from '../core/vm/qemu-controllers.ts'
import { lastSlot } from '../core/vm/qemu-topology.ts'
import { freeSlotOf } from '../core/vm/slots.ts'
import type { DiskDevice, VmSpec } from '../core/vm/spec.ts'
import { withSameNames } from '../core/vm/drive-names.ts'
import { carryOut, type Changed } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { inTurnOf } from './vm-turn.ts'
import { getMachineDisk, liveOf, nodesOf, withIds } from './live-disks.ts'
import type { App } from './ports.ts'
import { notesOfPlug, refuseFixedBus, refuseNoRoom } from './refuse-plug.ts'
import { refuseJob, refuseSavedVm } from './refuse-job.ts'
import { resolveDisk } from './resolve-disk.ts'
import { keepInScope, toldInScope, type ScopedRequest } from './scope.ts'
import { getVm } from './vm-state.ts'

/** `word`: as resolve-disk.ts reads it, or the disk itself. */
export function attachDisk(
  app: App,
  name: string,
  word: string | DiskDevice,
  request: ScopedRequest,
): Promise<Changed<'attached' | 'already-attached'>> {
  return inTurnOf(app, name, async () => {
    const running = await liveOf(app, name)
    const live = request.scope === 'definition' ? undefined : running
    const stored = getVm(app, name)
    const spec = request.scope === 'running' && live !== undefined ? live.spec : stored
    const found = typeof word === 'string' ? await resolveDisk(app, word) : word
    const has = ({ disks }: VmSpec): boolean => disks.some(({ path }) => path === found.path)
    if (has(spec) && (live === undefined || has(live.spec)))
      return carryOut(app, request, startPlan('', []), 'already-attached')
    const disk = {
      ...found,
      id: freeId([...stored.disks, ...(running?.spec.disks ?? [])]),
      ...freeSlot(found, stored, running),
    }
    const wanted = withSameNames(spec, { ...spec, disks: [...withIds(spec.disks), disk] })
    await refuseVmProblems(app, wanted, `machine '${name}' with '${found.path}'`)
    if (live !== undefined) refuseCold(live, disk)
    const plug = { machine: spec, disk, isRunning: live !== undefined, facts: app.facts }
    const note = live && withDisks(live, [...withIds(live.spec.disks), disk])
    const plan = planDiskAttach(plug, await keepInScope(app, wanted, note, request))
    const changed = await carryOut(app, request, plan, 'attached', notesOfPlug(live))
    const news = live && ({ device: disk.id, what: 'added' } as const)
    return toldInScope(app, name, changed, request, news)
  })
}

/** `word`: a disk's name, its path, or what QEMU calls it. */
export function detachDisk(
  app: App,
  name: string,
  word: string,
  request: ScopedRequest,
): Promise<Changed<'detached'>> {
  return inTurnOf(app, name, async () => {
    const { spec, live, disk } = await getMachineDisk(app, name, word, request.scope === 'definition')
    refuseSavedVm(app, name)
    refuseJob(app, { vm: name, disk: disk.id })
    if (live !== undefined) refuseCold(live, disk)
    const without = (disks: readonly DiskDevice[]): NamedDisk[] =>
      withIds(disks).filter((other) => other.path !== disk.path)
    const nodes = live === undefined ? [] : nodesOf(live, disk.id)
    const plug = { machine: spec, disk, nodes, isRunning: live !== undefined, facts: app.facts }
    const note = live && withDisks(live, without(live.spec.disks))
    const wanted = withSameNames(spec, { ...spec, disks: without(spec.disks) })
    const kept = await keepInScope(app, wanted, note, request)
    const changed = await carryOut(app, request, planDiskDetach(plug, kept), 'detached')
    const news = live && ({ device: disk.id, what: 'removed' } as const)
    return toldInScope(app, name, changed, request, news)
  })
}

function withDisks(live: LiveVm, disks: readonly NamedDisk[]): LiveVm {
  const last = live.lastSlot ?? lastSlot(live.spec)
  // Of a disk that has gone QEMU has none open.
  const nodes = Object.entries(live.nodes ?? {}).filter(([id]) => disks.some((disk) => disk.id === id))
  const controllers = live.controllers ?? controllersOf(live.spec)
  const spec = withSameNames(live.spec, { ...live.spec, disks })
  return { ...live, spec, lastSlot: last, controllers, ...someNodes(live, nodes) }
}

function someNodes({ nodes }: LiveVm, left: [string, readonly string[]][]): Pick<LiveVm, 'nodes'> {
  return nodes === undefined ? {} : { nodes: Object.fromEntries(left) }
}

function freeId(disks: readonly DiskDevice[]): string {
  const taken = new Set(withIds(disks).map(({ id }) => id))
  let number = 0
  while (taken.has(`disk${String(number)}`)) number += 1
  return `disk${String(number)}`
}

/** Free in the machine that runs as well as in its definition. */
function freeSlot({ bus }: DiskDevice, spec: VmSpec, live: LiveVm | undefined): { slot?: number } {
  if (bus !== 'virtio') return {}
  return { slot: freeSlotOf(live === undefined ? [spec] : [spec, live.spec]) }
}

/** What the machine was not started with cannot be added: a controller, or one more root port. */
function refuseCold(live: LiveVm, disk: NamedDisk): void {
  const { name } = live.spec
  const hint = `stop it first: weft vm stop ${name}`
  if (isHotBus(disk.bus)) {
    if ((live.controllers ?? controllersOf(live.spec)).includes(disk.bus)) return
    const what = disk.bus.toUpperCase()
    throw new WeftError(
      'needs-restart',
      `machine '${name}' was started without a ${what} disk, and so without a controller`,
      { hint },
    )
  }
  if (disk.bus !== 'virtio')
    throw new WeftError(
      'needs-restart',
      `'${disk.path}' is on the ${disk.bus} bus, on which nothing comes or goes while machine '${name}' runs`,
      { hint },
    )
  refuseFixedBus(live.spec)
  refuseNoRoom(live, disk)
}
