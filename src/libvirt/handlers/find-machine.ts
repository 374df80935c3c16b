/** Machines by what clients hold of them: names, UUIDs, the numbers of running ones. */
import { readOnce } from '../../core/host/read-once.ts'
import type { VmSpec } from '../../core/vm/spec.ts'
import type { DomainHandle } from '../wire/types.ts'
import { fail } from './failures.ts'
import type { Context } from './handler.ts'

export const handleOf = ({ ids }: Context, { name, uuid }: VmSpec): DomainHandle => ({
  name,
  uuid,
  id: ids.of(name),
})

const byUuid = readOnce((specs: readonly VmSpec[]) => new Map(specs.map((spec) => [spec.uuid, spec])))

export const findByUuid = ({ app }: Context, uuid: string): VmSpec | undefined =>
  byUuid(app.vms.list()).get(uuid)

export function specOf(context: Context, { name, uuid }: DomainHandle): VmSpec {
  const spec = findByUuid(context, uuid)
  if (spec === undefined) throw fail('noDomain', 'qemu', `no domain with matching uuid '${uuid}' (${name})`)
  return spec
}

/** Its name. Throws as libvirt does for what only a running machine can do. */
export function runningMachine(context: Context, dom: DomainHandle): string {
  const { name } = specOf(context, dom)
  if (!context.app.machines.isRunning(name)) throw fail('invalid', 'qemu', 'domain is not running')
  return name
}
