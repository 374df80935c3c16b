/** How a machine's code will run on this host, and what its guest has to be told for that. */
import type { Acceleration } from '../core/host/facts.ts'
import { accelerationFor } from '../core/vm/context.ts'
import { CPU_FILE, needsClock, parseClockKHz } from '../core/vm/guest-clock.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'

export async function lookAtAcceleration(app: App, spec: VmSpec): Promise<Acceleration> {
  const acceleration = accelerationFor(spec, await app.host.acceleration())
  if (!needsClock(spec, acceleration)) return acceleration
  const clockKHz = parseClockKHz((await app.host.readTextFile(CPU_FILE)) ?? '')
  return clockKHz === undefined ? acceleration : { ...acceleration, clockKHz }
}
