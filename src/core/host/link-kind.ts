/** What a link is, in the word people use for it. */
import type { LinkDetail } from './link-detail.ts'

/** `nic`, `wifi`, `tap`, `bridge`, `veth`, ...: the kernel's word where it has one that people use. */
export function linkKind({ link, data, isLoopback, isWireless }: LinkDetail): string {
  if (link.kind === 'tun') return data['type'] === 'tap' ? 'tap' : 'tun'
  if (link.kind !== undefined) return link.kind
  if (isLoopback === true) return 'loopback'
  return isWireless === true ? 'wifi' : 'nic'
}

/** Hardware, and what is made of it. */
export const leadsOutside = (kind: string | undefined): boolean =>
  kind === undefined || kind === 'bond' || kind === 'vlan' || kind === 'team'

/** Somebody may be at its other end, or nobody. */
export const isCable = (kind: string): boolean => ['nic', 'wifi', 'veth', 'tap'].includes(kind)
