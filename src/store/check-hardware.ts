/** The parts of a machine's definition that src/core/vm/hardware-spec.ts describes. */
import { count, oneOf, optional, record, yesNo } from './check-value.ts'

export const HARDWARE_CHECKS = {
  maxCpus: optional(count),
  topology: optional(record({ sockets: count, cores: count, threads: count })),
  maxMemoryMiB: optional(count),
  tpm: optional(yesNo),
  display: optional(record({ kind: oneOf('vnc', 'spice') })),
}
