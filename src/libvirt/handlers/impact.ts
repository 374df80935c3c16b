/** What a call is about, by its flags: the machine that runs, its definition, or both (virDomainModificationImpact). */
import type { Scope } from '../../app/scope.ts'
import type { LiveVm } from '../../core/vm/context.ts'
import { liveOf } from '../../app/live-disks.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import type { DomainHandle } from '../wire/types.ts'
import { fail } from './failures.ts'
import { specOf } from './find-machine.ts'
import type { Context } from './handler.ts'

export const LIVE = 1
export const CONFIG = 2

export interface Impact {
  readonly name: string
  readonly live: boolean
  readonly config: boolean
  /** In weft's words, for the use case. */
  readonly scope: Scope
}

/** Neither flag: what runs, where it does. Throws as libvirt does for what there is not. */
export function impactOf(context: Context, dom: DomainHandle, flags: number): Impact {
  const { name, isTransient } = specOf(context, dom)
  const isRunning = context.app.machines.isRunning(name)
  const isCurrent = (flags & (LIVE | CONFIG)) === 0
  const live = isCurrent ? isRunning : (flags & LIVE) !== 0
  const config = isCurrent ? !isRunning : (flags & CONFIG) !== 0
  if (live && !isRunning) throw fail('invalid', 'qemu', 'domain is not running')
  if (config && isTransient === true)
    throw fail('invalid', 'qemu', 'transient domains do not have any persistent config')
  return { name, live, config, scope: live ? (config ? 'both' : 'running') : 'definition' }
}

/** What a call that only reads is told of: of both libvirt's clients may ask, but not at once. */
export async function specShown(
  context: Context,
  dom: DomainHandle,
  flags: number,
): Promise<{ readonly spec: VmSpec; readonly live: LiveVm | undefined }> {
  const { name, live: isLive } = impactOf(context, dom, flags)
  const spec = specOf(context, dom)
  const live = isLive ? await liveOf(context.app, name) : undefined
  return { spec: live?.spec ?? spec, live }
}
