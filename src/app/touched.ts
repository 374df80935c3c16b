/** What of the host somebody, weft itself included, has done something to: where to look whether a repair is needed, and nowhere else. */

export interface Touched {
  readonly links: ReadonlySet<string>
  /** Networks of which something was heard that is no link: their dnsmasq ended. */
  readonly networks: ReadonlySet<string>
  /** The program that changed weft's firewall table; undefined when nobody but weft did. */
  readonly tableBy: string | undefined
  /** Somebody, weft itself included, changed rules of other firewalls: the program. */
  readonly neighbourBy?: string | undefined
  readonly isForwarding: boolean
  /** A route to far away came or went: it may have been the way out of many. */
  readonly isWayOut: boolean
  /** Some of it may not have been heard: everything has to be looked at. */
  readonly isLost: boolean
}

export const NOTHING: Touched = {
  links: new Set(),
  networks: new Set(),
  tableBy: undefined,
  isForwarding: false,
  isWayOut: false,
  isLost: false,
}
export const EVERYTHING: Touched = { ...NOTHING, isLost: true }

export function bothTouched(one: Touched, other: Touched): Touched {
  return {
    links: new Set([...one.links, ...other.links]),
    networks: new Set([...one.networks, ...other.networks]),
    tableBy: other.tableBy ?? one.tableBy,
    neighbourBy: other.neighbourBy ?? one.neighbourBy,
    isForwarding: one.isForwarding || other.isForwarding,
    isWayOut: one.isWayOut || other.isWayOut,
    isLost: one.isLost || other.isLost,
  }
}
