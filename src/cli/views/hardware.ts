/** What a machine is made of, as lines of `weft vm show`: only what is not as in most machines. */
import type { HardwareView } from '../../api/hardware-views.ts'

const FIRMWARE = { bios: 'BIOS', uefi: 'UEFI', 'uefi-secure': 'UEFI with Secure Boot' } as const

export function hardwareFacts({ machine, firmware, display }: HardwareView): (readonly [string, string])[] {
  return [
    ['Machine', machine],
    ['Firmware', FIRMWARE[firmware]],
    ...(display === 'none' ? [] : [['Screen', display.toUpperCase()] as const]),
  ]
}
