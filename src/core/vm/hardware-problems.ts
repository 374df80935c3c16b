/** What is wrong with the hardware of a machine on this host, or with itself. */
import type { Problem } from '../errors.ts'
import type { VmSpec } from './spec.ts'

/** What this host can do for it: looked for only where the machine wants it. */
export interface SeenHardware {
  /** Absent: nobody asked. */
  readonly hasSpice?: boolean
}

export function hardwareProblems(spec: VmSpec, seen: SeenHardware): Problem[] {
  return [...displayProblems(spec, seen)]
}

function displayProblems({ display }: VmSpec, { hasSpice }: SeenHardware): Problem[] {
  if (display?.kind !== 'spice' || hasSpice === true) return []
  const hint = 'apt-get install qemu-system-modules-spice, or --display vnc'
  return [{ path: 'display', message: "this host's QEMU has no SPICE", hint }]
}
