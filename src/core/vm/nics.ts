/** Questions about a machine's NICs. */
import type { NicDevice, VmSpec } from './spec.ts'

export const networksOf = (spec: Pick<VmSpec, 'nics'>): string[] =>
  [...new Set(spec.nics.map((nic) => nic.network))].sort()

/** Only the first NIC on a network is known by the machine's name, and only a name that DNS can have. */
export function guestName({ name, nics }: VmSpec, nic: NicDevice): string | undefined {
  const isFirst = nics.find((other) => other.network === nic.network) === nic
  return isFirst && /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(name) ? name : undefined
}
