/** A machine's serial console: shared by everybody who watches, alive whether or not anybody does. */
import { refuseUnlessAllowed, vmState } from '../core/vm/lifecycle.ts'
import type { App, SerialLine } from './ports.ts'
import { getVm } from './vm-state.ts'

/** The line of a running machine; leaving it is calling what `attach` returned. */
export function openConsole(app: App, name: string): SerialLine {
  getVm(app, name)
  const line = app.machines.serial(name)
  refuseUnlessAllowed('console', name, vmState(line !== undefined))
  if (line === undefined) throw new Error('a running machine has a serial line')
  return line
}
