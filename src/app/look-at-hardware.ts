/** What this host has of the hardware that a machine wants: only what it wants is looked for. */
import type { SeenHardware } from '../core/vm/hardware-problems.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'

export async function lookAtHardware(app: App, { display, tpm }: VmSpec): Promise<SeenHardware> {
  return {
    ...(display?.kind === 'spice' ? { hasSpice: await app.emulator.hasSpice() } : {}),
    ...(tpm === true ? { hasSwtpm: await app.emulator.hasSwtpm() } : {}),
  }
}
