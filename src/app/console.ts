/** A machine's serial console: shared by everybody who watches, alive whether or not anybody does. */
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import type { SerialLine } from './guest-ports.ts'
import type { App } from './ports.ts'
import { getVm, stateOf } from './vm-state.ts'

/** The line of a running machine; leaving it is calling what `attach` returned. */
export function openConsole(app: App, name: string): SerialLine {
  getVm(app, name)
  const line = app.machines.serial(name)
  refuseUnlessAllowed('console', name, stateOf(app, name).state)
  if (line === undefined) throw new Error('a running machine has a serial line')
  return line
}
