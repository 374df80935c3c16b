/** The version of a machine's type, fixed when the machine is defined: asked of this host's QEMU. */
import { invalidDefinition } from '../core/errors.ts'
import { withMachineVersion } from '../core/vm/machine-type.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'

/** Throws when the definition names a version that is not there. Without a QEMU, the first start decides. */
export async function pinMachine(app: App, spec: VmSpec, what: string): Promise<VmSpec> {
  const pinned = withMachineVersion(spec, await app.emulator.machines())
  if ('problem' in pinned) throw invalidDefinition(what, [pinned.problem])
  return pinned
}
