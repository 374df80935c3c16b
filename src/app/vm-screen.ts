/** The screen of a machine: where it is seen, and a picture of it. */
import { WeftError } from '../core/errors.ts'
import { hasVideo } from '../core/vm/qemu-display.ts'
import { vmFiles } from '../core/vm/context.ts'
import { refuseUnlessAllowed } from '../core/vm/lifecycle.ts'
import type { App } from './ports.ts'
import { getState, getVm } from './vm-state.ts'

export interface DisplayPlace {
  readonly kind: 'vnc' | 'spice' | 'none'
  /** While it runs: who may enter the run directory, root that is, may connect to it. */
  readonly socket: string | undefined
}

/** Of the machine that runs, or as it is defined. Throws not-found. */
export function displayOf(app: App, name: string): DisplayPlace {
  const defined = getVm(app, name)
  const live = app.machines.spec(name)
  const { display } = live ?? defined
  if (display === undefined) return { kind: 'none', socket: undefined }
  const socket = vmFiles(app.facts.paths, name)[display.kind]
  return { kind: display.kind, socket: live === undefined ? undefined : socket }
}

/** Bytes of an image file. The screen is there whether or not anybody can look at it otherwise. */
export function takeScreenshot(app: App, name: string, format: 'png' | 'ppm'): Promise<Uint8Array> {
  refuseUnlessAllowed('screenshot', name, getState(app, name).state)
  if (!hasVideo(app.machines.spec(name) ?? getVm(app, name)))
    throw new WeftError('unsupported', `machine '${name}' has no video card`, {
      hint: `weft vm console ${name}`,
    })
  return app.machines.screenshot(name, format)
}
