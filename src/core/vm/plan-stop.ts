/** Ending a machine: asking the guest, pulling the plug, and removing what a machine that has ended left. */
import type { HostFacts } from '../host/facts.ts'
import { giveBackSteps } from '../host/lend-device.ts'
import type { SignalAction } from '../plan/action.ts'
import { disrupts } from '../plan/disruption.ts'
import { cannotUndo, noUndo, stopPlan, type Plan, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'
import { qemuMark, removeGroupAction } from './qemu-process.ts'
import type { SeenVm } from './seen.ts'
import { endShareSteps } from './shares.ts'
import { endTpmStep } from './tpm.ts'

/** A guest that is starting, or that shares two cores with thirty others, takes its time. */
const AGENT_LIMIT_MS = 10_000

/** Asks the guest to shut itself down, as a press on its power button does. */
export function planVmPowerdown(name: string, facts: HostFacts): Plan {
  return stopPlan(`ask machine '${name}' to shut down`, [
    {
      reason: `the guest of ${name} is told that somebody pressed its power button`,
      do: { kind: 'qmp', socket: vmFiles(facts.paths, name).qmp, command: 'system_powerdown' },
      undo: cannotUndo('a guest that was asked cannot be un-asked'),
    },
  ])
}

/** The agent in the guest shuts it down; it does not live to say that it has. */
export function planVmAgentShutdown(name: string, facts: HostFacts): Plan {
  return stopPlan(`ask the agent in machine '${name}' to shut it down`, [
    {
      reason: `the agent in the guest of ${name} shuts it down`,
      do: {
        kind: 'agent',
        socket: vmFiles(facts.paths, name).agent,
        command: 'guest-shutdown',
        arguments: { mode: 'powerdown' },
        isSilent: true,
        waitMs: AGENT_LIMIT_MS,
      },
      undo: cannotUndo('a guest that was asked cannot be un-asked'),
    },
  ])
}

const NOBODY = { stopped: [], release: [] }

/**
 * Ends QEMU if it runs and removes its traces. `unplug` comes from core/network: TAPs and their notes. The same plan tidies up
 * after a guest that ended by itself.
 */
export function planVmStop(
  name: string,
  seen: SeenVm,
  facts: HostFacts,
  unplug: readonly Step[],
  told: { readonly stopped: readonly Step[]; readonly release: readonly Step[] } = NOBODY,
): Plan {
  const kill: Step = {
    reason: `${name} stops at once`,
    // Not waited for: the kernel takes 20 ms to delete a TAP, and a process ends meanwhile.
    do: { ...killAction(name, facts), waitMs: 0 },
    undo: cannotUndo('the memory of a killed guest is gone'),
    ...disrupts('cut-off', [name]),
  }
  const gone: Step = {
    reason: `${name} is over when its QEMU has gone`,
    do: killAction(name, facts),
    undo: noUndo('it was told to end before'),
  }
  const remove: Step = {
    reason: `nothing of the running ${name} is left${whyEnded(seen)}`,
    do: { kind: 'remove', path: vmFiles(facts.paths, name).directory },
    undo: noUndo('the files of a machine that does not run are of no use'),
  }
  return stopPlan(`${seen.isRunning ? 'stop' : 'tidy up after'} machine '${name}'`, [
    ...(seen.isRunning ? [kill] : []),
    ...unplug,
    ...(seen.isRunning ? [gone] : []),
    ...told.stopped,
    ...giveBackSteps(seen.lent ?? [], facts),
    ...endShareSteps(name, seen.shares ?? [], facts),
    ...(seen.hasTpm === true ? [endTpmStep(name, facts)] : []),
    ...(seen.group === undefined ? [] : [leaveGroupStep(name, seen.group)]),
    ...(seen.hasRunDirectory ? [remove] : []),
    ...told.release,
  ])
}

function leaveGroupStep(name: string, group: string): Step {
  return {
    reason: `the control group of ${name} goes with it`,
    do: removeGroupAction(group),
    undo: noUndo('an empty group is of no use'),
  }
}

/** The history is where somebody looks who finds a machine ended. */
function whyEnded({ because, lastWords: said }: SeenVm): string {
  const why = because === undefined ? '' : `: ${because}`
  return said === undefined ? why : `${why}; the last that QEMU said was '${said}'`
}

export function killAction(name: string, facts: HostFacts): SignalAction {
  return { kind: 'signal', ...qemuMark(facts, name), signal: 'KILL', waitMs: 5000 }
}
