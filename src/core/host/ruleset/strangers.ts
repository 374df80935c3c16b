/** Who makes rules on Linux hosts, told by the names of their tables and chains. */
import { readLegacyName } from './legacy-name.ts'

export const STRANGERS = [
  'Docker',
  'Podman',
  'Kubernetes',
  'ufw',
  'firewalld',
  'libvirt',
  'iptables',
] as const
export type Stranger = (typeof STRANGERS)[number]

/** Those whose own names say it; `iptables` are tables that it made, for whomever. */
const BY_NAME: readonly (readonly [RegExp, Stranger])[] = [
  [/\bDOCKER/, 'Docker'],
  [/netavark/i, 'Podman'],
  [/\bCNI-|\bKUBE-/, 'Kubernetes'],
  [/\bufw6?-/, 'ufw'],
  [/firewalld/, 'firewalld'],
  [/\bLIBVIRT_|libvirt_network/, 'libvirt'],
]

/** By the names of a table and a chain, in any words around them. */
export function strangerIn(names: string): Stranger | undefined {
  return BY_NAME.find(([known]) => known.test(names))?.[1]
}

const TABLES = new Set(['filter', 'nat', 'mangle', 'raw', 'security'])
const CHAINS = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])

/** Chains that every table of iptables has; what is in them may be anybody's. */
export const isBuiltIn = (family: string, table: string, chain: string): boolean =>
  (family === 'ip' || family === 'ip6') &&
  TABLES.has(readLegacyName(table)?.table ?? table) &&
  CHAINS.has(chain)
