/** A device of the host comes to a machine or goes from it: in what is kept of the machine, and in its QEMU while it runs, together or not at all. */
import type { SeenDevices } from '../host/device.ts'
import type { HostFacts } from '../host/facts.ts'
import { lendSteps, usbNode, type LentDevice } from '../host/lend-device.ts'
import { run, type QmpAction } from '../plan/action.ts'
import { invert, lastingPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import { shellQuote } from '../plan/shell-quote.ts'
import { vmFiles } from './context.ts'
import type { HostDeviceSpec } from './hardware-spec.ts'
import { hostDeviceId, lockedBytes, usbBusOf } from './host-devices.ts'
import { slotPlace } from './qemu-topology.ts'
import type { VmSpec } from './spec.ts'

export interface DevicePlug {
  readonly facts: HostFacts
  readonly machine: Pick<VmSpec, 'name' | 'machine' | 'memoryMiB' | 'maxMemoryMiB'>
  /** With its slot. */
  readonly device: HostDeviceSpec
  /** Where the machine runs: the device as it is there, and what else the machine has. */
  readonly live?: {
    readonly lent: LentDevice
    readonly others: readonly LentDevice[]
    readonly vfio: SeenDevices['vfio']
  }
}

/** How long a guest has for letting go of one. */
const LET_GO_MS = 30_000

/** `kept`: the definition, and the note of what runs. They come first: they are what a full disk refuses. */
export function planDeviceAttach(plug: DevicePlug, kept: readonly Step[]): Plan {
  const title = `give device '${plug.device.device}' to machine '${plug.machine.name}'`
  return lastingPlan(title, [...kept, ...plugSteps(plug)])
}

export function planDeviceDetach(plug: DevicePlug, kept: readonly Step[]): Plan {
  const { machine, device, live } = plug
  const title = `take device '${device.device}' from machine '${machine.name}'`
  if (live === undefined) return lastingPlan(title, kept)
  const back = invert(plugSteps(plug), ({ reason }) => `no more: ${reason}`)
  // What the guest has let go of it has lost.
  return { ...lastingPlan(title, [...kept, ...back]), pointOfNoReturn: kept.length + 1 }
}

function plugSteps({ facts, machine, device, live }: DevicePlug): Step[] {
  if (live === undefined) return []
  const { lent, others, vfio } = live
  const [bus = '', addr = ''] = slotPlace(machine.machine, device.slot ?? 0)
    .split(',')
    .map((word) => word.slice(word.indexOf('=') + 1))
  const id = hostDeviceId(device)
  const add = (reason: string, args: Readonly<Record<string, string>> & { readonly id: string }): Step =>
    addStep(vmFiles(facts.paths, machine.name).qmp, reason, args)
  const open = others.flatMap(({ group }) => group ?? [])
  const lend = lendSteps([lent], { facts, vfio, open })
  const told = `the guest of ${machine.name} has device ${device.device}`
  if (lent.bus === 'pci')
    return [
      ...lend,
      lockStep({ facts, machine }, lent),
      add(told, { driver: 'vfio-pci', id, host: lent.address, bus, addr }),
    ]
  const hub = usbBusOf(device)
  return [
    ...lend,
    add(`${machine.name} has a USB controller for device ${device.device} alone`, {
      driver: 'qemu-xhci',
      id: hub,
      bus,
      addr,
    }),
    add(told, { driver: 'usb-host', id, bus: `${hub}.0`, hostdevice: usbNode(lent, facts) }),
  ]
}

function addStep(
  socket: string,
  reason: string,
  args: Readonly<Record<string, string>> & { readonly id: string },
): Step {
  const gone = { event: 'DEVICE_DELETED', device: args.id, waitMs: LET_GO_MS }
  const ask = (command: string, words: NonNullable<QmpAction['arguments']>): QmpAction => ({
    ...{ kind: 'qmp', socket, command },
    arguments: words,
  })
  return {
    reason,
    do: ask('device_add', args),
    undo: { ...ask('device_del', { id: args.id }), until: gone, mayBeMissing: true },
  }
}

function lockStep({ facts, machine }: Pick<DevicePlug, 'facts' | 'machine'>, lent: LentDevice): Step {
  const bytes = String(lockedBytes(machine, [lent]))
  const { pid } = vmFiles(facts.paths, machine.name)
  return {
    reason: `QEMU may keep all memory of ${machine.name} in place, since the device writes to it`,
    do: run('sh', '-c', `prlimit --memlock=${bytes}:${bytes} --pid "$(cat ${shellQuote(pid)})"`),
    undo: noUndo('a limit that is not reached does nothing'),
  }
}
