/** What a guest says of its own memory: the statistics of its balloon (virtio 1.2, 5.5.6.3), as QEMU tells them. */

/** Bytes; a guest tells what its kernel knows of. */
export interface GuestMemory {
  /** When it said so: seconds since 1970. */
  readonly at: number
  readonly total: number | undefined
  /** What programs could have without anything being swapped out. */
  readonly available: number | undefined
  readonly free: number | undefined
  /** What could be given up: pages of files. */
  readonly caches: number | undefined
  /** Read from and written to swap since it has booted. */
  readonly swappedIn: number | undefined
  readonly swappedOut: number | undefined
  /** Page faults since then: those that had to wait for a disk, and the others. */
  readonly majorFaults: number | undefined
  readonly minorFaults: number | undefined
  /** Huge pages that were given, and that could not be. */
  readonly hugePagesGiven: number | undefined
  readonly hugePagesRefused: number | undefined
}

/** The property `guest-stats` of the balloon. */
export interface BalloonAnswer {
  readonly stats: Readonly<Record<string, number>>
  /** Seconds since 1970; 0: nothing has been said yet. */
  readonly 'last-update': number
}

/** QEMU tells -1 as a number without a sign of what the guest has not told. */
const NOT_TOLD = 2 ** 63

/** undefined: the guest has said nothing yet. */
export function guestMemoryOf({ stats, 'last-update': at }: BalloonAnswer): GuestMemory | undefined {
  const told = (name: string): number | undefined => {
    const value = stats[`stat-${name}`]
    return value === undefined || value < 0 || value >= NOT_TOLD ? undefined : value
  }
  if (at === 0) return undefined
  return {
    at,
    total: told('total-memory'),
    available: told('available-memory'),
    free: told('free-memory'),
    caches: told('disk-caches'),
    swappedIn: told('swap-in'),
    swappedOut: told('swap-out'),
    majorFaults: told('major-faults'),
    minorFaults: told('minor-faults'),
    hugePagesGiven: told('htlb-pgalloc'),
    hugePagesRefused: told('htlb-pgfail'),
  }
}
