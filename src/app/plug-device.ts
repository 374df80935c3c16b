/** Devices of the host come to machines and go from them; the definition, the note of what runs and QEMU itself change together. */
import { WeftError } from '../core/errors.ts'
import { getDeviceWord } from '../core/host/device-word.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { hostDeviceId } from '../core/vm/host-devices.ts'
import type { HostDeviceSpec } from '../core/vm/hardware-spec.ts'
import { omit } from '../core/vm/omit.ts'
import { planDeviceAttach, planDeviceDetach, type DevicePlug } from '../core/vm/plan-device-plug.ts'
import { lastSlot } from '../core/vm/qemu-topology.ts'
import { freeSlotOf } from '../core/vm/slots.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { someOf } from './find-network.ts'
import { lendingFor } from './lend-devices.ts'
import { liveOf } from './live-disks.ts'
import type { App } from './ports.ts'
import { notesOfPlug, refuseFixedBus, refuseNoRoom } from './refuse-plug.ts'
import { keepInScope, liveIn, toldInScope, type ScopedRequest } from './scope.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

/** `word`: as core/host/device-word.ts reads it. */
export function attachDevice(
  app: App,
  name: string,
  word: string,
  request: ScopedRequest,
): Promise<Changed<'attached'>> {
  return inTurnOf(app, name, async () => {
    const stored = getVm(app, name)
    const running = await liveOf(app, name)
    const live = request.scope === 'definition' ? undefined : running
    const spec = request.scope === 'running' && live !== undefined ? live.spec : stored
    const slot = freeSlotOf(running === undefined ? [stored] : [stored, running.spec])
    const device = { device: getDeviceWord(word), slot }
    const wanted = withDevices(spec, [...devicesIn(spec), device])
    await refuseVmProblems(app, wanted, `machine '${name}' with device '${device.device}'`)
    const lending = live && (await lendTo(app, live, device))
    const plug = { facts: app.facts, machine: live?.spec ?? spec, device, ...lending?.plug }
    const plan = planDeviceAttach(plug, await keepInScope(app, wanted, lending?.note, request))
    const changed = await carryOut(app, request, plan, 'attached', notesOfPlug(live))
    const news = live && ({ device: hostDeviceId(device), what: 'added' } as const)
    return toldInScope(app, name, changed, request, news)
  })
}

/** What makes a QEMU that runs have it, and the note of what runs then. */
async function lendTo(
  app: App,
  live: LiveVm,
  device: HostDeviceSpec,
): Promise<{ readonly plug: Pick<DevicePlug, 'live'>; readonly note: LiveVm }> {
  refuseFixedBus(live.spec)
  refuseNoRoom(live, device)
  const { lent: [lent] = [], vfio = 'missing' } = await lendingFor(app, { devices: [device] })
  if (lent === undefined) throw new WeftError('internal', `'${device.device}' is no device`)
  const others = live.lent ?? []
  return {
    plug: { live: { lent, others, vfio } },
    note: noteWith(live, [...devicesIn(live.spec), device], [...others, lent]),
  }
}

export function detachDevice(
  app: App,
  name: string,
  word: string,
  request: ScopedRequest,
): Promise<Changed<'detached'>> {
  return inTurnOf(app, name, async () => {
    const spec = getVm(app, name)
    const live = await liveIn(app, name, request)
    const device = getDevice(spec, live, getDeviceWord(word))
    const isOther = (each: HostDeviceSpec): boolean => each.device !== device.device
    const place = devicesIn(live?.spec ?? spec).indexOf(device)
    const lent = live?.lent?.[place]
    const others = (live?.lent ?? []).filter((each) => each !== lent)
    const plug: DevicePlug = {
      ...{ facts: app.facts, machine: live?.spec ?? spec, device },
      ...(lent === undefined ? {} : { live: { lent, others, vfio: 'loaded' } }),
    }
    if (live !== undefined) refuseFixedBus(live.spec)
    const note = live && noteWith(live, devicesIn(live.spec).filter(isOther), others)
    const wanted = withDevices(spec, devicesIn(spec).filter(isOther))
    const kept = await keepInScope(app, wanted, note, request)
    const changed = await carryOut(app, request, planDeviceDetach(plug, kept), 'detached')
    const news = live && ({ device: hostDeviceId(device), what: 'removed' } as const)
    return toldInScope(app, name, changed, request, news)
  })
}

const devicesIn = ({ devices = [] }: VmSpec): readonly HostDeviceSpec[] => devices

const withDevices = (spec: VmSpec, devices: readonly HostDeviceSpec[]): VmSpec => ({
  ...omit(spec, 'devices'),
  ...(devices.length === 0 ? {} : { devices }),
})

const noteWith = (
  live: LiveVm,
  devices: readonly HostDeviceSpec[],
  lent: NonNullable<LiveVm['lent']>,
): LiveVm => ({
  ...live,
  spec: withDevices(live.spec, devices),
  lent,
  lastSlot: live.lastSlot ?? lastSlot(live.spec),
})

/** What runs has it, or what is defined. */
function getDevice(spec: VmSpec, live: LiveVm | undefined, word: string): HostDeviceSpec {
  const all = [...devicesIn(live?.spec ?? spec), ...devicesIn(spec)]
  const device = all.find((each) => each.device === word)
  if (device !== undefined) return device
  throw new WeftError('not-found', `machine '${spec.name}' has no device '${word}'`, {
    hint:
      all.length === 0
        ? `weft vm show ${spec.name}`
        : `it has ${someOf([...new Set(all.map((each) => each.device))])}`,
  })
}
