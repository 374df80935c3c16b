/** Machines on whose bus nothing comes or goes while they run. */
import { WeftError } from '../core/errors.ts'
import type { VmSpec } from '../core/vm/spec.ts'

export function refuseFixedBus({ name, machine }: Pick<VmSpec, 'name' | 'machine'>): void {
  if (machine !== 'microvm') return
  throw new WeftError(
    'needs-restart',
    `machine '${name}' runs, and on the bus of a microvm nothing comes or goes while it does`,
    { hint: `stop it first: weft vm stop ${name}` },
  )
}
