/** What goes with a transient machine when it ends: its definition and what was kept for it; and what it cannot have before. */
import { WeftError } from '../core/errors.ts'
import type { SeenHost } from '../core/network/seen.ts'
import type { Step } from '../core/plan/plan.ts'
import { forgetNvramSteps } from '../core/vm/firmware.ts'
import { networksOf } from '../core/vm/nics.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { forgetTpmSteps } from '../core/vm/tpm.ts'
import { planForget } from './definitions.ts'
import { giveUpAddresses } from './keep-addresses.ts'
import type { App } from './ports.ts'
import { publishedSteps } from './published-steps.ts'
import { hasTpmState } from './vm-tpm.ts'

/** None of a machine that stays. */
export async function forgetTransientSteps(app: App, name: string, seen: SeenHost): Promise<Step[]> {
  const spec = app.vms.find(name)
  if (spec?.isTransient !== true) return []
  return [
    ...publishedSteps(app, seen, { without: name }, networksOf(spec)),
    ...giveUpAddresses(app, spec, seen).steps,
    ...(await planForget(app, app.vms, spec, '')).steps,
    ...forgetNvramSteps(spec, app.facts),
    ...((await hasTpmState(app, name)) ? forgetTpmSteps(name, app.facts) : []),
  ]
}

/** When those have been done. */
export async function forgetTransient(app: App, name: string): Promise<void> {
  if (app.vms.find(name)?.isTransient !== true) return
  await app.vms.refresh(name)
  app.events.emit({ kind: 'vm', name, what: 'deleted', because: 'it was transient' })
}

/** For what counts only when it comes back; `what` follows "cannot be". */
export function refuseTransient({ name, isTransient }: VmSpec, what: string): void {
  if (isTransient !== true) return
  throw new WeftError('wrong-state', `machine '${name}' is transient: it cannot be ${what}`, {
    hint: `weft vm show ${name} --xml | weft vm define makes it stay`,
  })
}
