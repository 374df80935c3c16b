/** What a host looks like, in lines for people: what `weft diff` compares. */

/** Section → lines: links, bridges, addresses, routes, sysctls, firewall, processes. */
export type Snapshot = Readonly<Record<SnapshotSection, readonly string[]>>
export const SNAPSHOT_SECTIONS = [
  'links',
  'bridges',
  'addresses',
  'routes',
  'sysctls',
  'firewall',
  'processes',
] as const
export type SnapshotSection = (typeof SNAPSHOT_SECTIONS)[number]

/** Nobody has looked. */
export const NO_SNAPSHOT: Snapshot = {
  links: [],
  bridges: [],
  addresses: [],
  routes: [],
  sysctls: [],
  firewall: [],
  processes: [],
}
