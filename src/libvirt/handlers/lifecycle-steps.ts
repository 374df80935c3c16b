/** What becomes of a machine, in the numbers of libvirt's lifecycle event. */
import type { WeftEvent } from '../../app/event-ports.ts'
import { AUTOSTART_CHANGED } from '../../app/set-vm-policy.ts'

export type LifecycleStep = readonly [event: number, detail: number]

/** virDomainEventType and its details. libvirt tells of a start in two steps: its processors go, then it has started. */
export function stepsOf(
  what: (WeftEvent & { kind: 'vm' })['what'],
  because: string | undefined,
  isKnown: boolean,
): readonly LifecycleStep[] {
  // libvirt does not tell of that.
  if (what === 'defined' && because === AUTOSTART_CHANGED) return []
  if (what === 'defined') return [[0, isKnown ? 1 : 0]]
  if (what === 'paused') return [[3, because === 'a disk could not be written' ? 2 : 0]]
  if (what === 'stopped') return [[5, stopDetail(because)]]
  return STEPS[what] ?? []
}

const STEPS: Readonly<Partial<Record<(WeftEvent & { kind: 'vm' })['what'], readonly LifecycleStep[]>>> = {
  deleted: [[1, 0]],
  started: [
    [4, 0],
    [2, 0],
  ],
  restored: [
    [2, 2],
    [4, 2],
  ],
  renamed: [[0, 2]],
  resumed: [[4, 0]],
  crashed: [[8, 0]],
}

/** virDomainEventStoppedDetailType. */
function stopDetail(because = ''): number {
  if (because.startsWith('killed')) return 1
  if (because.includes('saved')) return 4
  return /panic|crash|signal/.test(because) ? 2 : 0
}
