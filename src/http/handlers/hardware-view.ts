/** What a machine is made of, as the API shows it. */
import type { HardwareView } from '../../api/hardware-views.ts'
import { mostCpus } from '../../core/vm/qemu-size.ts'
import { hasVideo } from '../../core/vm/qemu-display.ts'
import type { VmSpec } from '../../core/vm/spec.ts'

export function hardwareView(spec: VmSpec): HardwareView {
  const { machine, firmware, display, topology, memoryMiB, maxMemoryMiB } = spec
  return {
    maxCpus: mostCpus(spec),
    topology: topology ?? null,
    maxMemoryMiB: maxMemoryMiB ?? memoryMiB,
    machine: spec.machineVersion ?? machine,
    firmware: firmware === undefined ? 'bios' : firmware.isSecure === true ? 'uefi-secure' : 'uefi',
    tpm: spec.tpm === true,
    shares: (spec.shares ?? []).map((share) => ({
      path: share.path,
      tag: share.tag,
      kind: share.kind,
      readOnly: share.isReadOnly === true,
      mountPoint: share.mountPoint ?? null,
    })),
    devices: (spec.devices ?? []).map(({ device, isUnmanaged }) => ({
      device,
      managed: isUnmanaged !== true,
    })),
    display: display?.kind ?? 'none',
    video: hasVideo(spec) ? (spec.video ?? 'vga') : 'none',
  }
}
