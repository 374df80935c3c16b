/** What can be wrong with ranges and reservations of either family. */
import type { Problem } from '../../errors.ts'
import type { LeaseTime } from '../spec.ts'

/** libvirt's limit too. */
export const LARGEST_RANGE = 65_535

const SECONDS = { seconds: 1, minutes: 60, hours: 3600 } as const
/** dnsmasq takes no less. */
const SHORTEST_LEASE = 120
/** Seconds in 32 bits; all ones are for ever. */
const LONGEST_LEASE = 0xffff_fffe

export function leaseProblems(lease: LeaseTime | undefined, path: string): Problem[] {
  if (lease === undefined || lease.expiry === 0) return []
  const seconds = lease.expiry * SECONDS[lease.unit]
  const spelt = `a lease of ${String(lease.expiry)} ${lease.unit}`
  if (seconds < SHORTEST_LEASE)
    return [{ path: `${path}.lease`, message: `${spelt} is too short`, hint: 'take at least 2 minutes' }]
  return seconds > LONGEST_LEASE
    ? [{ path: `${path}.lease`, message: `${spelt} is too long`, hint: '0 means for ever' }]
    : []
}

export function hostNameProblems(name: string | undefined, path: string): Problem[] {
  const isName = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]{1,63})*$/
  if (name === undefined || isName.test(name)) return []
  const message = `'${name}' cannot be a host name`
  return [{ path: `${path}.name`, message, hint: 'letters, digits and dashes only' }]
}

const WHAT = { mac: 'MAC', ip: 'address', name: 'name', id: 'id' } as const

/** `path` is that of the address: `ips[0]`. */
export function duplicates<K extends keyof typeof WHAT>(
  hosts: readonly Partial<Readonly<Record<K, string>>>[],
  key: K,
  path: string,
): Problem[] {
  const seen = new Set<string>()
  return hosts.flatMap((host, index) => {
    const value = host[key]?.toLowerCase()
    if (value === undefined || !seen.has(value)) {
      if (value !== undefined) seen.add(value)
      return []
    }
    const place = `${path}.dhcp.hosts[${String(index)}].${key}`
    return [
      { path: place, message: `the ${WHAT[key]} ${value} is reserved twice`, hint: 'keep one of the two' },
    ]
  })
}
