/** What applying a lab does, one after the other: each as somebody would type it, and as the use case that does it. */
import { hostLinkSteps } from '../../core/lab/host-links.ts'
import type { LabDisk } from '../../core/lab/record.ts'
import type { LiveChanges } from '../../core/lab/live-changes.ts'
import type { NetworkSpec } from '../../core/network/spec.ts'
import { startPlan } from '../../core/plan/plan.ts'
import { renderAction } from '../../core/plan/render.ts'
import { shellJoin } from '../../core/plan/shell-quote.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import { changeCd } from '../change-cd.ts'
import { attachNic, detachNic, moveNic } from '../change-nics.ts'
import type { ChangeRequest } from '../change.ts'
import { defineVm } from '../define-vm.ts'
import { deleteVm } from '../delete-vm.ts'
import { createDisk } from '../disks.ts'
import { executePlan } from '../execute-plan.ts'
import { autostartNetwork, defineNetwork, startNetwork, stopNetwork, undefineNetwork } from '../networks.ts'
import { attachDisk, detachDisk } from '../plug-disk.ts'
import type { App } from '../ports.ts'
import { setHardware } from '../set-hardware.ts'
import { startVm } from '../vms.ts'
import { endMachine } from './end-machine.ts'
import type { Survey } from './survey-lab.ts'
import type { MachineState } from './survey-machine.ts'
import type { NetworkState } from './survey-network.ts'

export interface Deed {
  /** Lines for `sh`. */
  readonly typed: string
  /** What is typed reads this definition from its pipe. */
  readonly input?: { readonly network: NetworkSpec } | { readonly machine: VmSpec }
  readonly run: (part: App, request: ChangeRequest) => Promise<unknown>
}

export interface Deeds {
  readonly inOrder: readonly Deed[]
  /** After those, side by side. */
  readonly starts: readonly Deed[]
}

/** First what goes, since its addresses and ports may be wanted by what comes. */
export function deedsOf({ host, seen, disks, gone, networks, machines }: Survey): Deeds {
  // A guest that stays has to leave its network first.
  const later = gone.networks.filter((name) => machines.some(({ before }) => isOn(before, name)))
  const sooner = gone.networks.filter((name) => !later.includes(name))
  const links = hostLinkSteps(host, seen.links)
  return {
    inOrder: [
      ...(links.length === 0
        ? []
        : [
            {
              typed: links.map((step) => renderAction(step.do)).join('\n'),
              run: (part: App, { by }: ChangeRequest) =>
                executePlan(part, startPlan('make bridges and TAPs of the host', links), by),
            },
          ]),
      ...machines.filter(({ isRestarted }) => isRestarted).map(({ spec }) => endDeed(spec.name)),
      ...gone.machines.flatMap(({ name, isRunning }) => [
        ...(isRunning ? [endDeed(name)] : []),
        deed(['vm', 'delete', name], (part, request) => deleteVm(part, name, request)),
      ]),
      ...sooner.flatMap(removeNetwork),
      ...disks.map((disk) =>
        deed(['disk', 'create', disk.name, ...diskWords(disk)], (part, request) =>
          createDisk(part, disk, request),
        ),
      ),
      ...networks.flatMap(networkDeeds),
      ...machines.flatMap(machineDeeds),
      ...later.flatMap(removeNetwork),
    ],
    starts: machines
      .filter((each) => each.isRestarted || (each.isStarted && !each.isRunning))
      .map(({ spec }) =>
        deed(['vm', 'start', spec.name], (part, request) => startVm(part, spec.name, request)),
      ),
  }
}

const deed = (words: readonly string[], run: Deed['run']): Deed => ({
  typed: shellJoin(['weft', ...words]),
  run,
})

const diskWords = ({ size, format, backing }: LabDisk): string[] => [
  ...(size === undefined ? [] : ['--size', String(size)]),
  ...['--format', format],
  ...(backing === undefined ? [] : ['--backing', backing]),
]

const endDeed = (name: string): Deed =>
  deed(['vm', 'kill', name], (part, { by }) => endMachine(part, name, by))

const isOn = (spec: VmSpec | undefined, network: string): boolean =>
  spec?.nics.some((nic) => nic.network === network) === true

const removeNetwork = (name: string): Deed[] => [
  deed(['net', 'stop', name], (part, request) => stopNetwork(part, name, request)),
  deed(['net', 'undefine', name], (part, request) => undefineNetwork(part, name, request)),
]

function networkDeeds(network: NetworkState): Deed[] {
  const { draft, spec, autostart, isStarted, isRunning, isFrozen, isRestarted, item, isMarked } = network
  if (item.action === 'keep') return []
  const { name } = draft
  const isStopped = isRestarted && isRunning
  const isLive = isRunning && !isFrozen && !isStopped
  return [
    ...(isStopped ? [deed(['net', 'stop', name], (part, request) => stopNetwork(part, name, request))] : []),
    {
      ...deed(['net', 'define', ...(isLive ? ['--live'] : [])], (part, request) =>
        defineNetwork(part, draft, { ...request, live: isLive }),
      ),
      input: { network: spec },
    },
    ...(autostart === isMarked
      ? []
      : [
          deed(['net', 'autostart', name, ...(autostart ? [] : ['--disable'])], (part, request) =>
            autostartNetwork(part, name, autostart, request),
          ),
        ]),
    ...(isStarted && (!isRunning || isStopped)
      ? [deed(['net', 'start', name], (part, request) => startNetwork(part, name, request))]
      : []),
  ]
}

/** The definition last: it has what the changes while it runs have no words for. */
function machineDeeds({ given, spec, live, item }: MachineState): Deed[] {
  if (item.action === 'keep') return []
  return [
    ...(live === undefined ? [] : liveDeeds(spec.name, live)),
    {
      ...deed(['vm', 'define'], (part, request) => defineVm(part, given, request)),
      input: { machine: spec },
    },
  ]
}

function liveDeeds(name: string, { detach, move, attach, unplug, plug, cds, size }: LiveChanges): Deed[] {
  const { cpus, memoryMiB } = size
  const sizeWords = [
    ...(cpus === undefined ? [] : ['--cpus', String(cpus)]),
    ...(memoryMiB === undefined ? [] : ['--memory', `${String(memoryMiB)}M`]),
  ]
  return [
    ...detach.map((mac) =>
      deed(['nic', 'detach', name, mac], (part, request) => detachNic(part, name, mac, request)),
    ),
    ...move.map(({ mac, network }) =>
      deed(['nic', 'move', name, mac, network], (part, request) =>
        moveNic(part, name, mac, { ...request, network }),
      ),
    ),
    ...attach.map((word) =>
      deed(['nic', 'attach', name, word], (part, request) => attachNic(part, name, word, request)),
    ),
    ...unplug.map((path) =>
      deed(['disk', 'detach', name, path], (part, request) => detachDisk(part, name, path, request)),
    ),
    ...plug.map((word) =>
      deed(['disk', 'attach', name, word], (part, request) => attachDisk(part, name, word, request)),
    ),
    ...cds.map((cd) =>
      deed(cd.path === undefined ? ['cd', 'eject', name] : ['cd', 'insert', name, cd.path], (part, request) =>
        changeCd(part, name, cd, request),
      ),
    ),
    ...(sizeWords.length === 0
      ? []
      : [deed(['vm', 'set', name, ...sizeWords], (part, request) => setHardware(part, name, size, request))]),
  ]
}
