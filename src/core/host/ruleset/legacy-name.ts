/** What the kernel's old tables are called beside nft's of the same name: by the program that keeps them. */

/** `filter (iptables-legacy)`. */
export const legacyName = (table: string, program: string): string => `${table} (${program})`

export interface LegacyName {
  readonly table: string
  readonly program: string
}

/** Undefined: it is nft's. */
export function readLegacyName(name: string): LegacyName | undefined {
  const [, table, program] = /^(\S+) \((\S+)\)$/.exec(name) ?? []
  return table === undefined || program === undefined ? undefined : { table, program }
}
