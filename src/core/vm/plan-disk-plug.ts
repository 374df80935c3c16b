/** A disk comes to a machine or goes from it: in what is kept of the machine, and in its QEMU while it runs, together or not at all. */
import type { HostFacts } from '../host/facts.ts'
import { lendKeyStep, takeKeyBackStep } from '../host/lend-key.ts'
import type { Action, QmpAction } from '../plan/action.ts'
import { cannotUndo, lastingPlan, noUndo, type Plan, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'
import { isLimited, limitAction } from './disk-limits.ts'
import { backendId, diskDevice, diskNode, keyId } from './qemu-disks.ts'
import type { DiskDevice, VmSpec } from './spec.ts'

/** With its name in QEMU, and its slot when it is a virtio disk. */
export interface NamedDisk extends DiskDevice {
  readonly id: string
}

export interface DiskPlug {
  readonly machine: Pick<VmSpec, 'name' | 'machine'>
  readonly disk: NamedDisk
  /** What QEMU calls its images, where it has others open than the one it was told of first; the uppermost first. */
  readonly nodes?: readonly string[]
  readonly isRunning: boolean
  readonly facts: HostFacts
}

/** How long a guest has for letting go: one that is booting, or has no driver for it, does not answer. */
const LET_GO_MS = 30_000

/** `kept`: the definition, and the note of what runs. They come first: they are what a full disk refuses. */
export function planDiskAttach(plug: DiskPlug, kept: readonly Step[]): Plan {
  const { machine, disk } = plug
  const title = `attach '${disk.path}' to machine '${machine.name}'`
  if (!plug.isRunning) return lastingPlan(title, kept)
  const [open, ...plugIn] = attachSteps(plug)
  const { lend, load, takeBack } = keySteps(plug)
  return lastingPlan(title, [...kept, ...lend, ...load, open, ...takeBack, ...plugIn])
}

export function planDiskDetach(plug: DiskPlug, kept: readonly Step[]): Plan {
  const { machine, disk } = plug
  const [open, device] = attachSteps(plug)
  const { lend, load } = keySteps(plug)
  const title = `detach '${disk.path}' from machine '${machine.name}'`
  if (!plug.isRunning) return lastingPlan(title, kept)
  const [top = disk.id, ...below] = (plug.nodes ?? [disk.id]).filter((node) => !node.startsWith('#'))
  return lastingPlan(title, [
    ...kept,
    reversed(device, `the guest of ${machine.name} lets go of ${disk.id}`),
    ...(plug.nodes?.[0]?.startsWith('#') === true ? [] : [closing(plug, open, top)]),
    ...below.map((node) => closing(plug, open, node)),
    ...load.map((step) => reversed(step, `QEMU forgets the key of ${disk.id}`)),
    // Where it is brought back, QEMU has to read the key once more.
    ...lend.map((step) => reversed(step, `the key of ${disk.id} is in no file of QEMU's`)),
  ])
}

/** QEMU opens it again under the name of the disk, with all that it stands on. */
function closing({ disk, machine, facts }: DiskPlug, open: Step, node: string): Step {
  if (node === disk.id) return reversed(open, `QEMU closes '${disk.path}'`)
  return {
    reason: `QEMU closes ${node} of '${disk.path}'`,
    do: {
      kind: 'qmp',
      socket: vmFiles(facts.paths, machine.name).qmp,
      command: 'blockdev-del',
      arguments: { 'node-name': node },
    },
    undo: noUndo('what it stands on is opened with it'),
  }
}

function reversed(step: Step, reason: string): Step {
  const { undo } = step
  return undo.kind === 'none' ? step : { reason, do: undo, undo: step.do }
}

/** `takeBack` comes as soon as the disk is open. */
function keySteps({ machine, disk, facts }: DiskPlug): Record<'lend' | 'load' | 'takeBack', Step[]> {
  if (disk.isEncrypted !== true) return { lend: [], load: [], takeBack: [] }
  const files = vmFiles(facts.paths, machine.name)
  const file = files.key(disk.id)
  const qmp = asking(files.qmp)
  const id = keyId(disk.id)
  return {
    lend: [lendKeyStep({ name: disk.id, path: disk.path }, file, facts)],
    load: [
      {
        reason: `QEMU reads the key of ${disk.id}`,
        do: qmp('object-add', { 'qom-type': 'secret', id, file }),
        undo: qmp('object-del', { id }),
      },
    ],
    takeBack: [takeKeyBackStep(disk.id, file)],
  }
}

const asking =
  (socket: string) =>
  (command: string, args: QmpAction['arguments']): QmpAction => ({
    kind: 'qmp',
    socket,
    command,
    ...(args === undefined ? {} : { arguments: args }),
  })

function attachSteps({ machine, disk, facts }: DiskPlug): [open: Step, device: Step, ...Step[]] {
  const { id } = disk
  const qmp = asking(vmFiles(facts.paths, machine.name).qmp)
  const gone = { event: 'DEVICE_DELETED', device: id, waitMs: LET_GO_MS }
  const limit: Action = limitAction(facts, machine.name, backendId(machine.machine, disk, id), disk)
  return [
    {
      reason: `QEMU opens '${disk.path}', which nobody else writes to`,
      do: qmp('blockdev-add', diskNode(disk, id)),
      undo: qmp('blockdev-del', { 'node-name': id }),
    },
    {
      reason: `the guest of ${machine.name} sees a new disk`,
      do: qmp('device_add', diskDevice(machine, disk)),
      undo: { ...qmp('device_del', { id }), until: gone },
    },
    ...(isLimited(disk)
      ? [
          {
            reason: `'${disk.path}' is read and written no faster than its definition says`,
            do: limit,
            undo: noUndo('it goes with the disk'),
          },
        ]
      : []),
  ]
}

/** A disk grows under a guest that runs, which sees it. */
export function planLiveResize(
  vm: string,
  { id, name, size }: { readonly id: string; readonly name: string; readonly size: number },
  facts: HostFacts,
): Plan {
  const socket = vmFiles(facts.paths, vm).qmp
  const args = { 'node-name': id, size }
  return lastingPlan(`resize disk '${name}'`, [
    {
      reason: `the guest of ${vm} sees that ${name} has room for more`,
      do: { kind: 'qmp', socket, command: 'block_resize', arguments: args },
      undo: cannotUndo('the guest may have written to the new room'),
    },
  ])
}
