/** What a lab's file would change: each of its parts, and those that it no longer has, beside what is there. */
import { WeftError, type Problem } from '../../core/errors.ts'
import { differences, isSame, withKnownMacs, type LabItem } from '../../core/lab/compare.ts'
import { missingLinks, type HostBridge, type HostLinks, type HostTap } from '../../core/lab/host-links.ts'
import { isLiveChange, type LiveChanges } from '../../core/lab/live-changes.ts'
import { machineDifferences } from '../../core/lab/machine-words.ts'
import type { LabDraft, LabMachine, LabMembers, LabNetwork, LabRecord } from '../../core/lab/record.ts'
import { frozenProblems } from '../../core/network/update/frozen.ts'
import { pluggedLinks } from '../../core/network/port.ts'
import { isActive, type SeenHost } from '../../core/network/seen.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import { completeDraft } from '../complete-network.ts'
import { wantedVm, type GivenDefinition } from '../define-vm.ts'
import { liveNetwork, lookAtNetworks } from '../live-network.ts'
import type { App } from '../ports.ts'
import { surveyRunning, type RunningChanges } from './change-machine.ts'

export interface Survey {
  readonly record: LabRecord | undefined
  readonly host: HostLinks
  readonly networks: readonly NetworkState[]
  readonly machines: readonly MachineState[]
  /** Of this lab, and not in its file any more. */
  readonly gone: LabMembers
  readonly items: readonly LabItem[]
}

export interface NetworkState extends LabNetwork {
  readonly spec: NetworkSpec
  readonly isKnown: boolean
  readonly isDefined: boolean
  readonly isRunning: boolean
  /** It cannot become so while it runs. */
  readonly isFrozen: boolean
  readonly item: LabItem
}

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

export interface SurveyOptions {
  readonly adopt: boolean
  readonly restart: boolean
}

export async function surveyLab(
  app: App,
  draft: LabDraft,
  { adopt, restart }: SurveyOptions,
): Promise<Survey> {
  const record = app.labs.find(draft.name)
  refuseForeign(app, draft, adopt)
  const seen = await lookAtNetworks(app)
  const networks = draft.networks.map((each) => surveyNetwork(app, each, seen))
  const machines: MachineState[] = []
  for (const each of draft.machines) machines.push(await surveyMachine(app, each, draft.what, restart))
  const gone = goneFrom(app, record, draft)
  const missing = missingLinks(draft.host, seen.links)
  const items = [
    ...[...missing.bridges, ...missing.taps].map(hostItem),
    ...gone.machines.map((name) => goneMachine(app, name)),
    ...gone.networks.map((name) => goneNetwork(seen, name)),
    ...networks.map(({ item }) => item),
    ...machines.map(({ item }) => item),
  ]
  return { record, host: draft.host, networks, machines, gone, items }
}

/** Names that another lab has, or that are there and nobody's. */
function refuseForeign(app: App, draft: LabDraft, adopt: boolean): void {
  const problems = [
    ...draft.networks.flatMap(({ draft: { name }, place }) =>
      foreign(
        app,
        { lab: draft.name, kind: 'networks', name, exists: app.networks.find(name) !== undefined },
        adopt,
      ).map((problem) => ({ ...problem, ...place })),
    ),
    ...draft.machines.flatMap(({ definition: { name }, place }) =>
      foreign(
        app,
        { lab: draft.name, kind: 'machines', name, exists: app.vms.find(name) !== undefined },
        adopt,
      ).map((problem) => ({ ...problem, ...place })),
    ),
  ]
  if (problems.length === 0) return
  throw new WeftError('already-exists', `what lab '${draft.name}' names is there already, and not its own`, {
    problems,
    hint: 'other names, or --adopt for what belongs to no lab',
  })
}

interface Named {
  readonly lab: string
  readonly kind: keyof LabMembers
  readonly name: string
  readonly exists: boolean
}

function foreign(app: App, { lab, kind, name, exists }: Named, adopt: boolean): Problem[] {
  const owner = app.labs.list().find((each) => each[kind].includes(name))
  if (owner?.name === lab) return []
  const what = kind.slice(0, -1)
  if (owner !== undefined) return [{ path: name, message: `the ${what} belongs to lab '${owner.name}'` }]
  return exists && !adopt ? [{ path: name, message: `the ${what} exists and belongs to no lab` }] : []
}

function goneFrom(app: App, record: LabRecord | undefined, draft: LabDraft): LabMembers {
  if (record === undefined) return { networks: [], machines: [] }
  const networks = new Set(draft.networks.map((each) => each.draft.name))
  const machines = new Set(draft.machines.map(({ definition }) => definition.name))
  return {
    networks: record.networks.filter((name) => !networks.has(name) && app.networks.find(name) !== undefined),
    machines: record.machines.filter((name) => !machines.has(name) && app.vms.find(name) !== undefined),
  }
}

const hostItem = ({ name, addresses = [] }: HostBridge | HostTap): LabItem => ({
  kind: 'host',
  name,
  action: 'create',
  what: [['it belongs to the host, and stays when the lab goes', ...addresses].join(', ')],
  later: [],
  disturbs: '',
})

function goneMachine(app: App, name: string): LabItem {
  const disks = app.vms.find(name)?.disks ?? []
  const isRunning = app.machines.isRunning(name)
  return {
    kind: 'machine',
    name,
    action: 'remove',
    what: [
      'no longer in the file',
      ...(isRunning ? ['it is stopped'] : []),
      ...disks.map(({ path }) => `its disk is kept: ${path}`),
    ],
    later: [],
    disturbs: isRunning ? `ends ${name}` : '',
  }
}

const goneNetwork = (seen: SeenHost, name: string): LabItem => ({
  kind: 'network',
  name,
  action: 'remove',
  what: ['no longer in the file', ...(isActive(seen, name) ? ['it is stopped'] : [])],
  later: [],
  disturbs: '',
})

function surveyNetwork(app: App, network: LabNetwork, seen: SeenHost): NetworkState {
  const { draft, isStarted, autostart } = network
  const { name } = draft
  const { spec } = completeDraft(app, draft, seen)
  const stored = app.networks.find(name)
  const isRunning = isActive(seen, name)
  const live = isRunning ? liveNetwork(app, seen, name) : undefined
  const changed = live === undefined ? [] : differences(live, spec)
  const isInUse = live !== undefined && pluggedLinks(live, seen, app.facts).length > 0
  const frozen = live === undefined ? [] : frozenProblems({ live, wanted: spec }, isInUse)
  const marks =
    stored !== undefined && stored.autostart !== autostart ? [`autostart ${autostart ? 'on' : 'off'}`] : []
  const isDefined = stored !== undefined && isSame(stored.spec, spec)
  const redefined = stored === undefined || isDefined ? [] : differences(stored.spec, spec)
  const later = frozen.map(({ message }) => message)
  const what = [
    ...(stored === undefined ? [summaryOf(spec)] : []),
    ...(changed.length > 0 && later.length === 0 ? changed : redefined),
    ...marks,
    ...(stored !== undefined && isStarted && !isRunning ? ['it is started'] : []),
  ]
  const action = stored === undefined ? 'create' : what.length > 0 ? 'change' : 'keep'
  const item: LabItem = { kind: 'network', name, action, what, later, disturbs: '' }
  const isKnown = stored !== undefined
  return { ...network, spec, isKnown, isDefined, isRunning, isFrozen: later.length > 0, item }
}

const summaryOf = ({ mode, bridge, hostBridge, ips }: NetworkSpec): string =>
  [mode, ...ips.map(({ cidr }) => `${cidr.address}/${String(cidr.prefix)}`), bridge?.name ?? hostBridge]
    .filter((word) => word !== undefined)
    .join(', ')

async function surveyMachine(
  app: App,
  machine: LabMachine,
  source: string,
  restart: boolean,
): Promise<MachineState> {
  const { definition: said, isStarted } = machine
  const { name } = said
  const definition = withKnownMacs(said, app.vms.find(name))
  const given: GivenDefinition = { definition, rest: {}, what: source }
  const { before, spec } = await wantedVm(app, given)
  const isRunning = app.machines.isRunning(name)
  const running = await surveyRunning(app, spec)
  const changed = before === undefined ? [] : machineDifferences(before, spec)
  const later = running?.later ?? []
  const isRestarted = restart && later.length > 0
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
