/** Where a change to the host's own way out keeps what takes it back. */
import type { FileChange, SeenClient } from '../keeper/seen-keeper.ts'
import type { Paths } from '../paths.ts'
import type { Addressing } from './readdress.ts'

/** One directory a change. */
export const guardDirectory = ({ lib }: Paths): string => `${lib}/host`

export interface GuardNote {
  readonly uplink: string
  /** Seconds. */
  readonly confirmWithin: number
  /** Whose words it is written in, and the files that say it; absent: it lasts until the next reboot. */
  readonly keeper?: string
  readonly changes?: readonly FileChange[]
  /** What the NIC had, where the bridge has been given other addresses. */
  readonly former?: Addressing
  /** DHCP clients of the NIC that have no work meanwhile. */
  readonly idle?: readonly SeenClient[]
}

export interface GuardFiles {
  readonly directory: string
  readonly script: string
  /** What it is about, for whoever looks: a GuardNote as JSON. */
  readonly note: string
  /** Held by whoever changes something, takes it back or confirms it. */
  readonly lock: string
  /** There while nobody has confirmed. */
  readonly armed: string
  readonly confirmed: string
  /** The process that waits. */
  readonly pid: string
}

export function guardFiles(paths: Paths, name: string): GuardFiles {
  const directory = `${guardDirectory(paths)}/${name}`
  return {
    directory,
    script: `${directory}/guard.sh`,
    note: `${directory}/about.json`,
    lock: `${directory}/lock`,
    armed: `${directory}/armed`,
    confirmed: `${directory}/confirmed`,
    pid: `${directory}/guard.pid`,
  }
}

/** Of the way back from a bridge. No link is called like that. */
export const removalFiles = (paths: Paths, bridge: string): GuardFiles =>
  guardFiles(paths, `${bridge}${REMOVAL}`)

export const REMOVAL = ':remove'
