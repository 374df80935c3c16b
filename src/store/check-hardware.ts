/** The parts of a machine's definition that src/core/vm/hardware-spec.ts describes. */
import { oneOf, optional, record } from './check-value.ts'

export const HARDWARE_CHECKS = {
  display: optional(record({ kind: oneOf('vnc', 'spice') })),
}
