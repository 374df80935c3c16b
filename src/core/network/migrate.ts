/** Definitions as weft wrote them before a network could have several addresses, as they are written now. */
import type { NetworkSpec } from './spec.ts'

/** Anything else is given back as it is. */
export function upToDate(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || 'ips' in value) return value
  const { ip, domain, kept, ...rest } = value as Record<string, unknown>
  const old = domain as NetworkSpec['domain']
  return {
    ...rest,
    // No word about it was kept as a no.
    ...(old === undefined ? {} : { domain: old.isLocalOnly === true ? old : { name: old.name } }),
    ips: typeof ip === 'object' && ip !== null ? [{ family: 'ipv4', ...ip }] : [],
    routes: [],
    kept,
  }
}
