/** What a new machine is to be made of, beyond processors, memory, disks and NICs: a part of CreateVmRequest. */
import { oneOf, optional } from './shape.ts'
import type { Fields } from './shape.ts'

export interface HardwareRequest {
  /** Absent: vnc, but for machines that speak on their serial port alone. */
  readonly display?: 'vnc' | 'spice' | 'none'
}

export const HARDWARE_REQUEST: Fields<HardwareRequest> = {
  display: optional(oneOf('vnc', 'spice', 'none')),
}
