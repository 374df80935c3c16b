/** What a running machine is told over its monitor: to stand still, to go on, to begin anew. */
import type { HostFacts } from '../host/facts.ts'
import type { QmpAction } from '../plan/action.ts'
import { disrupts } from '../plan/disruption.ts'
import { cannotUndo, noUndo, startPlan, type Plan, type Step } from '../plan/plan.ts'
import { vmFiles } from './context.ts'

export function planVmPause(name: string, facts: HostFacts): Plan {
  return startPlan(`pause machine '${name}'`, [
    {
      reason: `the processors of ${name} stand still; its memory stays where it is`,
      do: tell(facts, name, 'stop'),
      undo: tell(facts, name, 'cont'),
      ...disrupts('cut-off', [name]),
    },
  ])
}

/** `status` is QEMU's own word: a guest that sleeps is woken. */
export function planVmResume(name: string, status: string, facts: HostFacts): Plan {
  const sleeps = status === 'suspended'
  return startPlan(`resume machine '${name}'`, [
    {
      reason: sleeps
        ? `the guest of ${name} is woken`
        : `the processors of ${name} run again, and what could not be written is tried once more`,
      do: tell(facts, name, sleeps ? 'system_wakeup' : 'cont'),
      undo: sleeps ? cannotUndo('only the guest itself can go to sleep') : tell(facts, name, 'stop'),
    },
  ])
}

/** As a press on the reset button does. A machine that stands still begins anew. */
export function planVmReset(name: string, isRunning: boolean, facts: HostFacts): Plan {
  const reset: Step = {
    reason: `${name} begins anew, whatever its guest was doing`,
    do: tell(facts, name, 'system_reset'),
    undo: cannotUndo('what the guest had in memory is gone'),
    ...disrupts('cut-off', [name]),
  }
  return startPlan(`reset machine '${name}'`, isRunning ? [reset] : [reset, ...goOnSteps(name, facts)])
}

/** After a reset QEMU stands still as before its first instruction; it says so a moment later. */
function goOnSteps(name: string, facts: HostFacts): Step[] {
  return [
    {
      reason: `${name} is as before its first instruction`,
      do: {
        ...tell(facts, name, 'query-status'),
        answers: { field: 'status', is: 'prelaunch', waitMs: 5000 },
      },
      undo: noUndo('it was only asked'),
    },
    {
      reason: `the processors of ${name} run`,
      do: tell(facts, name, 'cont'),
      undo: tell(facts, name, 'stop'),
    },
  ]
}

/**
 * ACPI has no button for a reboot. So QEMU is told to stay when the guest powers itself off, and the button for that is pressed; then
 * the machine is reset. As libvirt does.
 */
export function planVmAskReboot(name: string, facts: HostFacts): Plan {
  return startPlan(`ask machine '${name}' to reboot`, [
    stayStep(name, facts),
    {
      reason: `the guest of ${name} is told that somebody pressed its power button`,
      do: tell(facts, name, 'system_powerdown'),
      undo: cannotUndo('a guest that was asked cannot be un-asked'),
      ...disrupts('cut-off', [name]),
    },
  ])
}

/** The guest has powered itself off on its way to a reboot. */
export function planVmSecondHalf(name: string, facts: HostFacts): Plan {
  const { steps } = planVmReset(name, false, facts)
  return startPlan(`reboot machine '${name}'`, [leaveStep(name, facts), ...steps])
}

/** The guest did not listen: should it power itself off later, it means it. */
export function planVmGiveUpReboot(name: string, facts: HostFacts): Plan {
  return startPlan(`no longer wait for machine '${name}' to reboot`, [leaveStep(name, facts)])
}

function stayStep(name: string, facts: HostFacts): Step {
  return {
    reason: `the QEMU of ${name} stays when the guest powers itself off`,
    do: setShutdown(facts, name, 'pause'),
    undo: setShutdown(facts, name, 'poweroff'),
  }
}

function leaveStep(name: string, facts: HostFacts): Step {
  return {
    reason: `the QEMU of ${name} ends when the guest powers itself off`,
    do: setShutdown(facts, name, 'poweroff'),
    undo: setShutdown(facts, name, 'pause'),
  }
}

const setShutdown = (facts: HostFacts, name: string, shutdown: 'pause' | 'poweroff'): QmpAction => ({
  ...tell(facts, name, 'set-action'),
  arguments: { shutdown },
})

const tell = (facts: HostFacts, name: string, command: string): QmpAction => ({
  kind: 'qmp',
  socket: vmFiles(facts.paths, name).qmp,
  command,
})
