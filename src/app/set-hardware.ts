/** Changing what a machine is made of: processors and memory also while it runs, all else from its next start on. */
import { WeftError } from '../core/errors.ts'
import type { LiveVm } from '../core/vm/context.ts'
import type { HardwareDraft } from '../core/vm/hardware-draft.ts'
import { changedHardware, isSameHardware } from '../core/vm/hardware-change.ts'
import { liveNoteStep } from '../core/vm/plan-nic.ts'
import { cpuSteps, memorySteps, planResize, type CpuPlace, type ResizeSteps } from '../core/vm/plan-size.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { carryOut, type Changed, toldOfDefinition } from './change.ts'
import { refuseVmProblems } from './create-vm.ts'
import { planDefinition } from './definitions.ts'
import { memoryNotes } from './live-memory.ts'
import type { App } from './ports.ts'
import { liveIn, type ScopedRequest } from './scope.ts'
import { getVm } from './vm-state.ts'
import { inTurnOf } from './vm-turn.ts'

/** What is absent stays as it is. */
export interface HardwareChange extends HardwareDraft {
  readonly cpus?: number
  readonly memoryMiB?: number
}

export function setHardware(
  app: App,
  name: string,
  change: HardwareChange,
  request: ScopedRequest,
): Promise<Changed<'set' | 'already-set'>> {
  return inTurnOf(app, name, async () => {
    const live = await liveIn(app, name, request)
    const isDefined = request.scope !== 'running'
    const wanted = changedHardware(isDefined ? getVm(app, name) : (live?.spec ?? getVm(app, name)), change)
    await refuseVmProblems(app, wanted, `machine '${name}'`)
    const after = live === undefined ? undefined : resized(live, wanted, change)
    const now = live === undefined || after === undefined ? undefined : await planNow(app, live, after)
    const title = `change the hardware of machine '${name}'`
    const define = isDefined ? (await planDefinition(app, app.vms, wanted, title)).steps : []
    const plan = planResize(title, define, now)
    const isLater =
      isDefined && live !== undefined && !isSameHardware({ ...wanted, ...sizeOf(live.spec) }, live.spec)
    const notes = isLater
      ? [`machine '${name}' runs: what cannot change while it does holds from its next start`]
      : []
    const result = plan.steps.length === 0 ? 'already-set' : 'set'
    const changed = await toldOfDefinition(app, name, await carryOut(app, request, plan, result, notes))
    return changed.number === null || after === undefined || now === undefined || now.memory.length === 0
      ? changed
      : { ...changed, notes: [...notes, ...(await memoryNotes(app, after))] }
  })
}

const sizeOf = ({ cpus, memoryMiB }: VmSpec): Pick<VmSpec, 'cpus' | 'memoryMiB'> => ({ cpus, memoryMiB })

/** The machine as it shall run; undefined where nobody has asked for that. New limits need a new start, and so does what they allow. */
function resized(live: LiveVm, wanted: VmSpec, change: HardwareChange): LiveVm | undefined {
  if (change.cpus === undefined && change.memoryMiB === undefined) return undefined
  const isLater = change.maxCpus !== undefined || change.topology !== undefined
  const cpus = change.cpus === undefined || isLater ? live.spec.cpus : wanted.cpus
  const memoryMiB =
    change.memoryMiB === undefined || change.maxMemoryMiB !== undefined
      ? live.spec.memoryMiB
      : wanted.memoryMiB
  return { ...live, spec: { ...live.spec, cpus, memoryMiB }, boot: live.boot ?? sizeOf(live.spec) }
}

/** QEMU is asked which processors there are: of several, one may have failed to come the last time. */
async function planNow(app: App, before: LiveVm, after: LiveVm): Promise<ResizeSteps> {
  const { name, cpus } = after.spec
  const boot = after.boot ?? sizeOf(after.spec)
  const places = await placesOf(app, after.spec)
  refuseCold(before, after, places)
  const amounts = {
    bootMiB: boot.memoryMiB,
    beforeMiB: before.spec.memoryMiB,
    afterMiB: after.spec.memoryMiB,
  }
  const isSame = before.spec.cpus === cpus && amounts.beforeMiB === amounts.afterMiB
  return {
    note: isSame ? [] : [liveNoteStep(before, after, app.facts)],
    memory: memorySteps(after.spec, amounts, app.facts),
    cpus: cpuSteps(name, places, cpus, app.facts),
  }
}

/** A microvm has the processors that it was started with, and QEMU refuses the question. */
async function placesOf(app: App, { name, machine }: VmSpec): Promise<readonly CpuPlace[]> {
  if (machine === 'microvm') return []
  return (await app.machines.ask(name, 'query-hotpluggable-cpus')) as readonly CpuPlace[]
}

/** What the machine was not started with room for, or was started with for good. */
function refuseCold({ spec: before }: LiveVm, { spec, boot }: LiveVm, places: readonly CpuPlace[]): void {
  const { name, cpus, memoryMiB, maxMemoryMiB } = spec
  const refuse = (message: string, instead: string): never => {
    throw new WeftError('needs-restart', message, {
      hint: `from its next start on: weft vm set ${name} ${instead}; or stop it first: weft vm stop ${name}`,
    })
  }
  const room = Math.max(places.length, before.cpus)
  const most = spec.machine === 'microvm' ? '' : `,max=${String(Math.max(cpus, room))}`
  const instead = `--cpus ${String(cpus)}${most}`
  if (cpus > room) refuse(`machine '${name}' was started with room for ${String(room)} processors`, instead)
  if (cpus < before.cpus) refuse(`machine '${name}' runs, and its processors stay while it does`, instead)
  const mostMiB = maxMemoryMiB ?? boot?.memoryMiB ?? memoryMiB
  if (memoryMiB > mostMiB)
    refuse(
      `machine '${name}' was started with room for ${String(mostMiB)} MiB`,
      `--memory ${String(memoryMiB)}M --max-memory ${String(memoryMiB)}M`,
    )
}
