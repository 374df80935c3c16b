/** More or fewer processors, more or less memory for a machine that runs. */
import type { HostFacts } from '../host/facts.ts'
import type { QmpAction } from '../plan/action.ts'
import { cannotUndo, lastingPlan, type Plan, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'
import { MEMORY_DEVICE } from './qemu-size.ts'
import type { VmSpec } from './spec.ts'

/** One place for a processor, as `query-hotpluggable-cpus` has it. */
export interface CpuPlace {
  readonly type: string
  readonly props: Readonly<Record<string, number>>
  /** There is one in it. */
  readonly 'qom-path'?: string
}

const PLUGGED = '/machine/peripheral/'
const PARTS = ['socket-id', 'die-id', 'core-id', 'thread-id']

/** In the order of sockets, cores and threads; QEMU's own is the other way round. */
export function inOrder(places: readonly CpuPlace[]): CpuPlace[] {
  const rank = ({ props }: CpuPlace): number =>
    PARTS.reduce((sum, part) => sum * 1024 + (props[part] ?? 0), 0)
  return [...places].sort((a, b) => rank(a) - rank(b))
}

/** What becomes of a machine that runs. */
export interface ResizeSteps {
  /** That weft remembers it. */
  readonly note: readonly Step[]
  readonly memory: readonly Step[]
  readonly cpus: readonly Step[]
}

/** Processors come last, since none goes again: once the first is there, the change is carried on and no longer taken back. */
export function planResize(title: string, define: readonly Step[], now: ResizeSteps | undefined): Plan {
  if (now === undefined) return lastingPlan(title, define)
  const before = [...define, ...now.note, ...now.memory]
  const plan = lastingPlan(title, [...before, ...now.cpus])
  return now.cpus.length === 0 ? plan : { ...plan, pointOfNoReturn: before.length + 1 }
}

/**
 * `wanted` processors in all, not fewer than there are. None is ever taken out again, not even for an undo: with QEMU 7.2 without
 * KVM the request timed out and the machine was gone afterwards. Why is not known.
 */
export function cpuSteps(
  name: string,
  places: readonly CpuPlace[],
  wanted: number,
  facts: HostFacts,
): Step[] {
  const ordered = inOrder(places).map((place, number) => ({ ...place, number }))
  const free = ordered.filter((place) => place['qom-path'] === undefined)
  const count = Math.max(0, wanted - (ordered.length - free.length))
  return free.slice(0, count).map(({ type, number, props }) => ({
    reason: `${name} finds processor ${String(number)}`,
    do: tell(facts, name, 'device_add', { driver: type, id: `cpu${String(number)}`, ...props }),
    undo: cannotUndo('a processor that a guest may run on is not taken from it'),
  }))
}

export interface MemoryChange {
  /** What it began with: more comes from its memory device, less goes to its balloon. */
  readonly bootMiB: number
  readonly beforeMiB: number
  readonly afterMiB: number
}

export function memorySteps(
  { name }: Pick<VmSpec, 'name'>,
  { bootMiB, beforeMiB, afterMiB }: MemoryChange,
  facts: HostFacts,
): Step[] {
  const plugged = (mebibytes: number): number => Math.max(0, mebibytes - bootMiB)
  // The balloon knows only of what it began with.
  const left = (mebibytes: number): number => Math.min(mebibytes, bootMiB)
  const plug = (mebibytes: number): QmpAction => {
    const path = `${PLUGGED}${MEMORY_DEVICE}`
    return tell(facts, name, 'qom-set', { path, property: 'requested-size', value: mebibytes * MIB })
  }
  const fill = (mebibytes: number): QmpAction => tell(facts, name, 'balloon', { value: mebibytes * MIB })
  const plugStep: Step = {
    reason: `${name} may take ${String(plugged(afterMiB))} MiB from its memory device`,
    do: plug(plugged(afterMiB)),
    undo: plug(plugged(beforeMiB)),
  }
  const fillStep: Step = {
    reason: `the balloon in ${name} leaves it ${String(left(afterMiB))} of ${String(bootMiB)} MiB`,
    do: fill(left(afterMiB)),
    undo: fill(left(beforeMiB)),
  }
  return [
    ...(plugged(beforeMiB) === plugged(afterMiB) ? [] : [plugStep]),
    ...(left(beforeMiB) === left(afterMiB) ? [] : [fillStep]),
  ]
}

const MIB = 2 ** 20

function tell(facts: HostFacts, name: string, command: string, args: QmpAction['arguments']): QmpAction {
  return { kind: 'qmp', socket: vmFiles(facts.paths, name).qmp, command, ...(args && { arguments: args }) }
}
