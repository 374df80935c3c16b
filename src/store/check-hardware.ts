/** The parts of a machine's definition that src/core/vm/hardware-spec.ts describes. */
import { count, list, machineType, oneOf, optional, record, someText, yesNo } from './check-value.ts'

/** What libvirt's XML says of a part that weft has no use for. */
export const kept = optional(
  list(record({ at: someText, name: someText, value: optional(someText), xml: optional(someText) })),
)

export const HARDWARE_CHECKS = {
  machineVersion: optional(machineType),
  maxCpus: optional(count),
  topology: optional(record({ sockets: count, cores: count, threads: count })),
  maxMemoryMiB: optional(count),
  tpm: optional(yesNo),
  shares: optional(
    list(
      record({
        path: someText,
        tag: someText,
        kind: oneOf('virtiofs', '9p'),
        isReadOnly: optional(yesNo),
        isMapped: optional(yesNo),
        mountPoint: optional(someText),
        slot: optional(count),
        kept,
      }),
    ),
  ),
  devices: optional(
    list(record({ device: someText, isUnmanaged: optional(yesNo), slot: optional(count), kept })),
  ),
  sharedMemory: optional(yesNo),
  smbios: optional(list(someText)),
  video: optional(oneOf('virtio', 'qxl', 'none')),
  display: optional(record({ kind: oneOf('vnc', 'spice') })),
}
