/** What becomes of a machine whose guest ends: what QEMU does itself, and what weft does when QEMU has gone. */
import type { VmSpec } from './spec.ts'

/** How the end of a QEMU came about; `unknown`: nobody was there to hear it. */
export type EndCause = 'poweroff' | 'reboot' | 'crash' | 'ended' | 'unknown'

export interface VmEnd {
  readonly cause: EndCause
  /** In words. */
  readonly because: string
}

/** From the reason of QEMU's SHUTDOWN event; it says none when it was killed or has crashed itself. */
export function endOfQemu(reason: string | undefined): VmEnd {
  switch (reason) {
    case undefined:
      return { cause: 'crash', because: 'QEMU was killed or has crashed' }
    case 'guest-shutdown':
      return { cause: 'poweroff', because: 'the guest powered itself off' }
    case 'guest-reset':
      return { cause: 'reboot', because: 'the guest rebooted' }
    case 'guest-panic':
      return { cause: 'crash', because: "the guest's kernel has panicked" }
    default:
      return { cause: 'ended', because: `somebody ended QEMU (${reason})` }
  }
}

/** What QEMU does of it. Where a new QEMU is to take its place, this one ends first. */
export function actionArgs({ lifecycle = {} }: Pick<VmSpec, 'lifecycle'>): string[] {
  const { onPoweroff = 'destroy', onReboot = 'restart', onCrash } = lifecycle
  const actions = [
    ...(onPoweroff === 'preserve' ? ['shutdown=pause'] : []),
    ...(onReboot === 'restart' ? [] : ['reboot=shutdown']),
    ...(onCrash === undefined ? [] : [onCrash === 'preserve' ? 'panic=pause' : 'panic=shutdown']),
  ]
  return actions.length === 0 ? [] : ['-action', actions.join(',')]
}

/** A guest tells of its panic through a device of its own, which is there when somebody wants to know. */
export function panicArgs({ lifecycle }: Pick<VmSpec, 'lifecycle'>): string[] {
  return lifecycle?.onCrash === undefined ? [] : ['-device', 'pvpanic']
}

/** Of a QEMU that has gone: whether a new one takes its place. */
export function isRestarted({ lifecycle = {} }: Pick<VmSpec, 'lifecycle'>, cause: EndCause): boolean {
  const { onPoweroff, onCrash } = lifecycle
  switch (cause) {
    case 'poweroff':
      return onPoweroff === 'restart'
    case 'crash':
      return onCrash === 'restart'
    case 'unknown':
      // Only where it does not matter which it was.
      return onPoweroff === 'restart' && onCrash === 'restart'
    case 'reboot':
    case 'ended':
      return false
  }
}

/** Whether there is an end after which a new one takes its place. */
export const isEverRestarted = (spec: Pick<VmSpec, 'lifecycle'>): boolean =>
  isRestarted(spec, 'poweroff') || isRestarted(spec, 'crash')

/** A machine that is to be started anew. */
export interface PendingRestart {
  readonly name: string
  /** When, in milliseconds since 1970. */
  readonly at: number
  /** How often it has been tried, with this time. */
  readonly times: number
}

/** It is tried at once, then after 1 s, 2 s, 4 s, up to a minute; who has run for ten minutes begins anew. */
export function restartDelayMs(times: number): number {
  return times === 0 ? 0 : Math.min(60_000, 1000 * 2 ** (times - 1))
}
export const CALM_MS = 10 * 60_000
