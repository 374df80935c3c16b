/** What a machine is made of, as flags of `weft vm create`. */
import type { HardwareRequest } from '../api/hardware-requests.ts'
import { given } from './values.ts'

export const HARDWARE_FLAGS = {
  display: {
    kind: 'text',
    value: 'KIND',
    choices: ['vnc', 'spice', 'none'],
    summary: 'its screen on a unix socket; default vnc, but none for a kernel or a cloud image',
  },
} as const

interface HardwareFlags {
  readonly display: string | undefined
}

export function hardwareOf(flags: HardwareFlags): HardwareRequest {
  return given({ display: flags.display as HardwareRequest['display'] | undefined })
}
