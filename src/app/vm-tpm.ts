/** A machine's TPM: made before a start, and what cannot be done with a machine that has one. */
import { WeftError } from '../core/errors.ts'
import { tpmDirectory } from '../core/host/paths.ts'
import type { Step } from '../core/plan/plan.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import { tpmSteps } from '../core/vm/tpm.ts'
import type { App } from './ports.ts'

export async function planTpm(app: App, spec: VmSpec): Promise<Step[]> {
  return spec.tpm === true ? tpmSteps(spec, await hasTpmState(app, spec.name), app.facts) : []
}

/** It has been started with a TPM. */
export async function hasTpmState(app: App, name: string): Promise<boolean> {
  return (await app.host.inspectFile(tpmDirectory(app.facts.paths, name))) !== undefined
}

/** What a TPM keeps is in files of its own: an older state of the machine would not fit them. */
export function refuseTpm({ name, tpm }: VmSpec, what: 'saved' | 'snapshotted'): void {
  if (tpm !== true) return
  throw new WeftError('unsupported', `machine '${name}' has a TPM, and can therefore not be ${what}`, {
    hint: what === 'saved' ? `weft vm stop ${name}` : `weft backup create ${name} keeps its disks`,
  })
}
