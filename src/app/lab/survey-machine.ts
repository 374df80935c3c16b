/** What a lab's file would change of one machine. */
import { invalidDefinition } from '../../core/errors.ts'
import { withKnownMacs, type LabItem } from '../../core/lab/compare.ts'
import { isLiveChange, type LiveChanges } from '../../core/lab/live-changes.ts'
import { machineDifferences } from '../../core/lab/machine-words.ts'
import type { LabDisk, LabMachine } from '../../core/lab/record.ts'
import { locateVmProblems } from '../../core/vm/definition.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import { wantedVm, type GivenDefinition } from '../define-vm.ts'
import type { App } from '../ports.ts'
import { surveyRunning, type RunningChanges } from './survey-running.ts'

export interface MachineState extends LabMachine {
  readonly given: GivenDefinition
  readonly spec: VmSpec
  readonly before: VmSpec | undefined
  readonly isRunning: boolean
  /** It is stopped before anything else, and started at the end. */
  readonly isRestarted: boolean
  /** What is done while it runs. */
  readonly live: LiveChanges | undefined
  readonly item: LabItem
}

interface MachineSurvey {
  /** The file, for messages. */
  readonly source: string
  /** Disks that the same change makes. */
  readonly made: readonly LabDisk[]
  readonly restart: boolean
  /** Networks that stop meanwhile. */
  readonly restarted: ReadonlySet<string>
}

export async function surveyMachine(
  app: App,
  machine: LabMachine,
  { source, made, restart, restarted }: MachineSurvey,
): Promise<MachineState> {
  const { definition: said, isStarted } = machine
  const { name } = said
  const definition = withKnownMacs(said, app.vms.find(name))
  const given: GivenDefinition = { definition, rest: {}, what: source, made }
  const { before, spec } = await wantedVm(app, given)
  const isRunning = app.machines.isRunning(name)
  const running = await surveyRunning(app, spec)
  const changed = before === undefined ? [] : machineDifferences(before, spec)
  const later = running?.later ?? []
  const isCutOff = spec.nics.some(({ network }) => restarted.has(network))
  const isRestarted = isRunning && ((restart && later.length > 0) || isCutOff)
  const isLive = running !== undefined && isLiveChange(running.live)
  const what = [
    ...(before === undefined ? [machineSummary(spec)] : changed),
    ...(changed.length === 0 && isLive ? ['it becomes as it is defined'] : []),
    ...(isStarted && !isRunning ? ['it is started'] : []),
    ...(isRestarted ? ['it is stopped and started again'] : []),
  ]
  const action = before === undefined ? 'create' : what.length > 0 ? 'change' : 'keep'
  const shown = isRestarted
    ? { later: [], disturbs: `restarts ${name}` }
    : { later, disturbs: noticed(name, running) }
  const item: LabItem = { kind: 'machine', name, action, what, ...shown }
  return {
    ...machine,
    given,
    spec,
    before,
    isRunning,
    isRestarted,
    live: isRestarted ? undefined : running?.live,
    item,
  }
}

const noticed = (name: string, running: RunningChanges | undefined): string =>
  (running?.live.detach.length ?? 0) + (running?.live.move.length ?? 0) > 0 ? `cuts a link of ${name}` : ''

const machineSummary = ({ cpus, memoryMiB, nics }: VmSpec): string => {
  const on = nics.map(({ network }) => network).join(', ')
  return `${String(cpus)} CPU, ${String(memoryMiB)} MiB${on === '' ? '' : `, on ${on}`}`
}

/** NICs on networks that neither are there nor come. */
export function refuseNowhere(
  machines: readonly MachineState[],
  networks: readonly { readonly name: string }[],
  what: string,
): void {
  const names = new Set(networks.map(({ name }) => name))
  const problems = machines.flatMap(({ spec, given, place }) => {
    const nowhere = spec.nics.flatMap(({ network }, i) =>
      names.has(network)
        ? []
        : [{ path: `nics.${String(i)}.network`, message: `there is no network named '${network}'` }],
    )
    return locateVmProblems(nowhere, given.definition).map((problem) => ({ ...place, ...problem }))
  })
  if (problems.length > 0) throw invalidDefinition(what, problems)
}
