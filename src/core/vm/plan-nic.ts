/** Steps that plug a NIC into a machine that runs, take one out, or tell its guest that the cable has been moved. */
import type { HostFacts } from '../host/facts.ts'
import type { QmpAction } from '../plan/action.ts'
import { disrupts } from '../plan/disruption.ts'
import { noUndo, type Step } from '../plan/plan.ts'
import { formatLive, vmFiles, type LiveVm } from './context.ts'
import type { VmSpec } from './spec.ts'
import { netdevId, nicDevice, nicId } from './qemu-nic.ts'

/** One NIC of a machine as it runs, or will run. */
export interface LiveNic {
  readonly live: LiveVm
  readonly position: number
}

/** A guest whose system is up needs far less. */
const RELEASE_LIMIT_MS = 15_000

/** What the machine runs with is known to whoever comes later. */
export function liveNoteStep(before: LiveVm, after: LiveVm, facts: HostFacts): Step {
  const path = vmFiles(facts.paths, after.spec.name).live
  const note = (live: LiveVm): Step['do'] => ({ kind: 'write', path, content: formatLive(live), mode: 0o644 })
  return {
    reason: `weft remembers what ${after.spec.name} runs with now`,
    do: note(after),
    undo: note(before),
  }
}

/** Before its TAP is plugged into the switch: only an opened one has carrier. */
export function openTapStep(nic: LiveNic, facts: HostFacts): Step {
  return {
    reason: `QEMU opens ${tapOf(nic)} for ${nic.live.spec.name}`,
    do: addNetdev(nic, facts),
    undo: removeNetdev(nic, facts),
  }
}

/** Last: the guest sees a NIC whose cable leads somewhere. */
export function plugCardStep(nic: LiveNic, facts: HostFacts): Step {
  return {
    reason: `${nic.live.spec.name} finds a new NIC`,
    do: addCard(nic, facts),
    undo: { ...removeCard(nic, facts), mayBeMissing: true },
  }
}

/** The guest lets go first. */
export function takeOutSteps(nic: LiveNic, facts: HostFacts): Step[] {
  const { name } = nic.live.spec
  const id = nicId(nic.live.spec, nic.position)
  return [
    {
      reason: `${name} lets go of its NIC ${macOf(nic)}`,
      do: {
        ...removeCard(nic, facts),
        until: { event: 'DEVICE_DELETED', device: id, waitMs: RELEASE_LIMIT_MS },
      },
      undo: addCard(nic, facts),
      ...disrupts('cut-off', [name]),
    },
    {
      reason: `QEMU closes ${tapOf(nic)}`,
      do: removeNetdev(nic, facts),
      undo: addNetdev(nic, facts),
    },
  ]
}

/** NICs that begin without their cable: the guest sees that from its first instruction on. */
export function withoutCableSteps(spec: VmSpec, facts: HostFacts): Step[] {
  const socket = vmFiles(facts.paths, spec.name).qmp
  return spec.nics.flatMap(({ link, mac }, position) => {
    if (link !== 'down') return []
    const args = { name: nicId(spec, position), up: false }
    return [
      {
        reason: `the cable of ${mac} is out when ${spec.name} begins`,
        do: { kind: 'qmp', socket, command: 'set_link', arguments: args },
        undo: noUndo('ending QEMU ends the guest'),
      },
    ]
  })
}

/** A guest that sees its cable pulled and plugged asks for an address anew. */
export function pullCableStep(nic: LiveNic, facts: HostFacts): Step {
  const { name } = nic.live.spec
  return {
    reason: `${name} sees that its cable is pulled`,
    do: setLink(nic, facts, false),
    undo: setLink(nic, facts, true),
    ...disrupts('cut-off', [name]),
  }
}

export function plugCableStep(nic: LiveNic, facts: HostFacts): Step {
  return {
    reason: `${nic.live.spec.name} sees that its cable is plugged in again`,
    do: setLink(nic, facts, true),
    undo: noUndo('it was plugged in before'),
  }
}

function setLink({ live, position }: LiveNic, facts: HostFacts, up: boolean): QmpAction {
  return ask(live, facts, 'set_link', { name: nicId(live.spec, position), up })
}

function addNetdev(nic: LiveNic, facts: HostFacts): QmpAction {
  const id = netdevId(nic.live.spec, nic.position)
  const tap = { type: 'tap', id, ifname: tapOf(nic), script: 'no', downscript: 'no' }
  return ask(nic.live, facts, 'netdev_add', tap)
}

function removeNetdev({ live, position }: LiveNic, facts: HostFacts): QmpAction {
  const id = netdevId(live.spec, position)
  return { ...ask(live, facts, 'netdev_del', { id }), mayBeMissing: true }
}

function addCard({ live, position }: LiveNic, facts: HostFacts): QmpAction {
  // Nobody boots from a card that has come later.
  const card = { ...nicDevice(live.spec, position, live.mtus?.[position]), romfile: '' }
  return ask(live, facts, 'device_add', card)
}

function removeCard({ live, position }: LiveNic, facts: HostFacts): QmpAction {
  return ask(live, facts, 'device_del', { id: nicId(live.spec, position) })
}

function ask(
  live: LiveVm,
  facts: HostFacts,
  command: string,
  args: Readonly<Record<string, unknown>>,
): QmpAction {
  return { kind: 'qmp', socket: vmFiles(facts.paths, live.spec.name).qmp, command, arguments: args }
}

const tapOf = ({ live, position }: LiveNic): string => live.taps[position] ?? ''
const macOf = ({ live, position }: LiveNic): string => live.spec.nics[position]?.mac ?? ''
