/** The mark that weft leaves on an interface, as its alias: whose it is, for weft itself and for everybody who types `ip link`. */

export type LinkMark =
  | { readonly kind: 'network'; readonly network: string }
  /** `nic`: `nic0`, by its number (core/vm/slots.ts). */
  | { readonly kind: 'vm'; readonly machine: string; readonly nic: string }
  | { readonly kind: 'port'; readonly network: string; readonly port: string }
  /** Where packets of the interface `of` wait for their turn. */
  | { readonly kind: 'queue'; readonly of: string }
  /** This host's own place beside the guests that sit on a NIC. */
  | { readonly kind: 'shim'; readonly network: string }

export const networkAlias = (network: string): string => `weft:network:${network}`
export const tapAlias = (machine: string, nic: number): string => `weft:vm:${machine}:nic${String(nic)}`
export const portAlias = (network: string, port: string): string => `weft:port:${network}:${port}`
export const shimAlias = (network: string): string => `weft:shim:${network}`
export const queueAlias = (of: string): string => `weft:queue:${of}`

/** Names of networks and machines have no colon; that of a port may. */
export function readMark(alias: string | undefined): LinkMark | undefined {
  const [, kind, first = '', , second = ''] = /^weft:(\w+):([^:]+)(:(.+))?$/.exec(alias ?? '') ?? []
  if (kind === 'network' || kind === 'shim') return { kind, network: first }
  if (kind === 'vm' && second !== '') return { kind, machine: first, nic: second }
  if (kind === 'port' && second !== '') return { kind, network: first, port: second }
  return kind === 'queue' ? { kind, of: first } : undefined
}

/** `weft:vm:web:nic0` → `machine web`; nothing of what carries no mark of weft's. */
export function ownerByMark(alias: string | undefined): string | undefined {
  const mark = readMark(alias)
  switch (mark?.kind) {
    case 'network':
      return `network ${mark.network}`
    case 'vm':
      return `machine ${mark.machine}`
    case 'port':
      return `namespace ${mark.port}`
    case 'queue':
      return `the queue of ${mark.of}`
    case 'shim':
      return `this host, beside the guests of ${mark.network}`
    case undefined:
      return undefined
  }
}

export const describeOwner = (alias: string | undefined): string => ownerByMark(alias) ?? "not weft's"
