/** Machines that run and can take no more devices, or none at all, and what is said of that. */
import { WeftError } from '../core/errors.ts'
import type { LiveVm } from '../core/vm/context.ts'
import { lastSlot } from '../core/vm/qemu-topology.ts'
import type { VmSpec } from '../core/vm/spec.ts'

/** On the bus of a microvm nothing comes or goes. */
export function refuseFixedBus({ name, machine }: Pick<VmSpec, 'name' | 'machine'>): void {
  if (machine !== 'microvm') return
  throw new WeftError(
    'needs-restart',
    `machine '${name}' runs, and on the bus of a microvm nothing comes or goes while it does`,
    { hint: `stop it first: weft vm stop ${name}` },
  )
}

/** It has as many slots as it was started with. */
export function refuseNoRoom(live: LiveVm, { slot }: { readonly slot?: number | undefined }): void {
  if (slot !== undefined && slot <= (live.lastSlot ?? lastSlot(live.spec))) return
  const { name } = live.spec
  throw new WeftError('needs-restart', `machine '${name}' was started with room for no more devices`, {
    hint: `stop it first: weft vm stop ${name}`,
  })
}

/** For a change of the definition alone. */
export const notesOfPlug = (live: LiveVm | undefined): string[] =>
  live === undefined ? ['the machine has it from its next start on'] : []
