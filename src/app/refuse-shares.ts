/** What cannot be done with a machine that shares directories with this host. */
import { WeftError } from '../core/errors.ts'
import { isServed } from '../core/vm/shares.ts'
import type { VmSpec } from '../core/vm/spec.ts'
import type { App } from './ports.ts'

/**
 * virtiofsd knows which files the guest has open, and QEMU 7.2 has no way of keeping that: it refuses when the memory has been written
 * half. 9p refuses for as long as the guest has it mounted; QEMU says so beforehand.
 */
export async function refuseShares(
  app: App,
  { name, shares = [] }: VmSpec,
  what: 'saved' | 'snapshotted',
): Promise<void> {
  const served = shares.find(isServed)
  if (served !== undefined)
    throw refusal(`machine '${name}' shares '${served.path}' by virtiofs, and can therefore not be ${what}`, {
      hint: what === 'saved' ? `weft vm stop ${name}` : `weft snapshot create ${name} --disk-only`,
    })
  if (shares.length === 0) return
  const seen = (await app.machines.ask(name, 'query-migrate')) as { 'blocked-reasons'?: readonly string[] }
  const [reason] = seen['blocked-reasons'] ?? []
  if (reason === undefined) return
  throw refusal(`machine '${name}' cannot be ${what}: its guest has a 9p share mounted`, {
    details: [['it said', reason]],
    hint: 'unmount it in the guest first',
  })
}

const refusal = (message: string, more: ConstructorParameters<typeof WeftError>[2]): WeftError =>
  new WeftError('unsupported', message, more)
