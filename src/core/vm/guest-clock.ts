/**
 * How fast the processor's own counter runs, told to the kernel of a microvm that runs without KVM: with KVM a guest reads it from its clock
 * (kvmclock), and other machines have a timer to measure it by. A microvm has none, and Linux would wait for a tick for ever.
 */
import type { Acceleration } from '../host/facts.ts'
import type { VmSpec } from './spec.ts'

/** QEMU hands out this host's counter as it is, whose rate the kernel tells here. */
export const CPU_FILE = '/proc/cpuinfo'

export const needsClock = ({ machine }: Pick<VmSpec, 'machine'>, { kind }: Acceleration): boolean =>
  machine === 'microvm' && kind === 'tcg'

/** In kHz, from the text of CPU_FILE; undefined where it does not say. */
export function parseClockKHz(cpuinfo: string): number | undefined {
  const [, mhz] = /^cpu MHz\s*:\s*(\d+(?:\.\d+)?)$/m.exec(cpuinfo) ?? []
  return mhz === undefined ? undefined : Math.round(Number(mhz) * 1000)
}

const WORD = 'tsc_early_khz'

/** What is to be added to a kernel's arguments; who says it himself is left alone. */
export const clockWord = (append: string | undefined, khz: number | undefined): string | undefined =>
  khz === undefined || append?.includes(`${WORD}=`) === true ? undefined : `${WORD}=${String(khz)}`

/** For who boots a system from its disk, whose boot loader weft does not reach. */
export function clockNotes({ kernel }: Pick<VmSpec, 'kernel'>, { clockKHz }: Acceleration): string[] {
  const word = clockWord(undefined, clockKHz)
  if (kernel !== undefined || word === undefined) return []
  return [
    `without KVM a Linux on the disk of a microvm boots only with '${word}' among its kernel's arguments`,
  ]
}
