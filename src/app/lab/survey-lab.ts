/** What a lab's file would change: each of its parts, and those that it no longer has, beside what is there. */
import type { LabItem } from '../../core/lab/compare.ts'
import { missingLinks, type HostBridge, type HostLinks, type HostTap } from '../../core/lab/host-links.ts'
import type { LabDisk, LabDraft, LabRecord } from '../../core/lab/record.ts'
import { isActive, type SeenHost } from '../../core/network/seen.ts'
import { formatSize } from '../../core/size.ts'
import { listDisks } from '../disk-images.ts'
import { knownNetworks } from '../find-network.ts'
import { lookAtNetworks } from '../live-network.ts'
import type { App } from '../ports.ts'
import { refuseForeign } from './refuse-foreign.ts'
import { refuseNowhere, surveyMachine, type MachineState } from './survey-machine.ts'
import { refuseNetworkProblems, surveyNetwork, type NetworkState } from './survey-network.ts'

export interface Survey {
  readonly record: LabRecord | undefined
  readonly seen: SeenHost
  readonly host: HostLinks
  /** Those that are made. */
  readonly disks: readonly LabDisk[]
  readonly networks: readonly NetworkState[]
  readonly machines: readonly MachineState[]
  /** Of this lab, and not in its file any more. */
  readonly gone: Gone
  readonly items: readonly LabItem[]
}

interface Gone {
  readonly networks: readonly string[]
  readonly machines: readonly { readonly name: string; readonly isRunning: boolean }[]
}

export interface SurveyOptions {
  readonly adopt: boolean
  readonly restart: boolean
  /** Disks of machines that go are deleted. */
  readonly deleteDisks: boolean
}

export async function surveyLab(app: App, draft: LabDraft, options: SurveyOptions): Promise<Survey> {
  const { restart } = options
  const record = app.labs.find(draft.name)
  const seen = await lookAtNetworks(app)
  const all = knownNetworks(app, seen)
  refuseForeign(app, draft, { adopt: options.adopt, networks: all.map(({ name }) => name) })
  const there = draft.disks.length === 0 ? [] : (await listDisks(app)).map(({ name }) => name)
  const disks = draft.disks.filter(({ name }) => !there.includes(name))
  const networks: NetworkState[] = []
  for (const each of draft.networks)
    networks.push(surveyNetwork(app, each, { seen, restart, coming: networks.map(({ spec }) => spec) }))
  const restarted = new Set(networks.flatMap((each) => (each.isRestarted ? [each.spec.name] : [])))
  const machines: MachineState[] = []
  for (const each of draft.machines)
    machines.push(
      await surveyMachine(app, each, { source: draft.what, made: draft.disks, restart, restarted }),
    )
  const gone = goneFrom(app, record, draft)
  const known = all.filter(({ name }) => !gone.networks.includes(name))
  refuseNetworkProblems(networks, known, draft.what)
  refuseNowhere(machines, [...known, ...networks.map(({ spec }) => spec)], draft.what)
  const missing = missingLinks(draft.host, seen.links)
  const items = [
    ...[...missing.bridges, ...missing.taps].map(hostItem),
    ...gone.machines.map((machine) => goneMachine(app, machine, options.deleteDisks)),
    ...gone.networks.map((name) => goneNetwork(seen, name)),
    ...disks.map(diskItem),
    ...networks.map(({ item }) => item),
    ...machines.map(({ item }) => item),
  ]
  return { record, seen, host: draft.host, disks, networks, machines, gone, items }
}

function goneFrom(app: App, record: LabRecord | undefined, draft: LabDraft): Gone {
  if (record === undefined) return { networks: [], machines: [] }
  const networks = new Set(draft.networks.map((each) => each.draft.name))
  const machines = new Set(draft.machines.map(({ definition }) => definition.name))
  return {
    networks: record.networks.filter((name) => !networks.has(name) && app.networks.find(name) !== undefined),
    machines: record.machines
      .filter((name) => !machines.has(name) && app.vms.find(name) !== undefined)
      .map((name) => ({ name, isRunning: app.machines.isRunning(name) })),
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

const diskItem = ({ name, size, format, backing }: LabDisk): LabItem => ({
  kind: 'disk',
  name,
  action: 'create',
  what: [
    [
      format,
      ...(size === undefined ? [] : [formatSize(size)]),
      ...(backing === undefined ? [] : [`begins with ${backing}`]),
    ].join(', '),
  ],
  later: [],
  disturbs: '',
})

function goneMachine(app: App, { name, isRunning }: Gone['machines'][number], deleteDisks: boolean): LabItem {
  const disks = app.vms.find(name)?.disks ?? []
  const fate = deleteDisks ? 'its disk is deleted, unless others use it' : 'its disk is kept'
  return {
    kind: 'machine',
    name,
    action: 'remove',
    what: [
      'no longer in the file',
      ...(isRunning ? ['it is stopped'] : []),
      ...disks.map(({ path }) => `${fate}: ${path}`),
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
