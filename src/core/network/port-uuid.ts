/** UUIDs of what has none here, and has one in libvirt: ports, filters. */
import type { MacAddress } from '../address/mac.ts'
import type { NetworkSpec } from './spec.ts'

export const portUuid = ({ uuid }: Pick<NetworkSpec, 'uuid'>, mac: MacAddress): string =>
  nameUuid(`${uuid} ${mac}`)

/**
 * Of what has a name and no UUID of its own: always the same one. FNV-1a, four times with another beginning; marked as made from a name (RFC 9562,
 * version 8).
 */
export function nameUuid(name: string): string {
  const hex = [1, 2, 3, 4].map((seed) => hash(`${String(seed)} ${name}`)).join('')
  const marked = `${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17)}`
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map(([from, to]) => marked.slice(from, to)).join('-')
}

function hash(text: string): string {
  let value = 0x811c9dc5
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}
