/** A share comes to a machine or goes from it: in what is kept of the machine, and in its QEMU while it runs, together or not at all. */
import type { QmpAction } from '../plan/action.ts'
import { invert, lastingPlan, type Plan, type Step } from '../plan/plan.ts'
import { shareFiles, vmFiles, type VmContext } from './context.ts'
import type { ShareSpec } from './hardware-spec.ts'
import { slotPlace } from './qemu-topology.ts'
import { serveSteps, shareId } from './shares.ts'
import type { VmSpec } from './spec.ts'

export interface SharePlug extends Pick<VmContext, 'facts' | 'virtiofsd'> {
  readonly machine: Pick<VmSpec, 'name' | 'machine'>
  /** With its slot; virtiofs where the machine runs. */
  readonly share: ShareSpec
  readonly isRunning: boolean
}

/** How long a guest has for letting go of one. */
const LET_GO_MS = 30_000

/** `kept`: the definition, and the note of what runs. They come first: they are what a full disk refuses. */
export function planShareAttach(plug: SharePlug, kept: readonly Step[]): Plan {
  const title = `share '${plug.share.path}' with machine '${plug.machine.name}'`
  return lastingPlan(title, [...kept, ...(plug.isRunning ? plugSteps(plug) : [])])
}

export function planShareDetach(plug: SharePlug, kept: readonly Step[]): Plan {
  const { machine, share } = plug
  const title = `share '${share.path}' with machine '${machine.name}' no more`
  if (!plug.isRunning) return lastingPlan(title, kept)
  const what = `the guest of ${machine.name} lets go of '${share.tag}', and what serves it ends`
  const plan = lastingPlan(title, [...kept, ...invert(plugSteps(plug), () => what)])
  // What serves it ends when QEMU hangs up, and could not be spoken to again.
  return { ...plan, pointOfNoReturn: kept.length + 1 }
}

function plugSteps(plug: SharePlug): Step[] {
  const { machine, share, facts } = plug
  const { name } = machine
  const id = shareId(share)
  const ask = (command: string, args: NonNullable<QmpAction['arguments']>): QmpAction => ({
    kind: 'qmp',
    socket: vmFiles(facts.paths, name).qmp,
    command,
    arguments: args,
  })
  const { socket } = shareFiles(facts.paths, name, id)
  const backend = { type: 'socket', data: { addr: { type: 'unix', data: { path: socket } }, server: false } }
  const [bus = '', addr = ''] = slotPlace(machine.machine, share.slot ?? 0)
    .split(',')
    .map((word) => word.slice(word.indexOf('=') + 1))
  const device = { driver: 'vhost-user-fs-pci', id, chardev: id, tag: share.tag, bus, addr }
  const gone = { event: 'DEVICE_DELETED', device: id, waitMs: LET_GO_MS }
  return [
    ...serveSteps(name, share, plug),
    {
      reason: `QEMU speaks to what serves '${share.path}'`,
      do: ask('chardev-add', { id, backend }),
      undo: { ...ask('chardev-remove', { id }), mayBeMissing: true },
    },
    {
      reason: `the guest of ${name} may mount '${share.tag}'`,
      do: ask('device_add', device),
      undo: { ...ask('device_del', { id }), until: gone },
    },
  ]
}
