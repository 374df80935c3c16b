/** What a machine is made of, as the API shows it. */
import type { HardwareView } from '../../api/hardware-views.ts'
import type { VmSpec } from '../../core/vm/spec.ts'

export function hardwareView({ machine, firmware, display }: VmSpec): HardwareView {
  return {
    machine,
    firmware: firmware === undefined ? 'bios' : firmware.isSecure === true ? 'uefi-secure' : 'uefi',
    display: display?.kind ?? 'none',
  }
}
