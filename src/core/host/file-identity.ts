/** Which file it is, however many paths lead to it. */

interface Numbers {
  readonly dev: number
  readonly ino: number
  readonly rdev: number
  isBlockDevice(): boolean
}

/** Symbolic and hard links of a file share it, and so do the nodes of a block device. */
export const fileIdentity = (stats: Numbers): string =>
  stats.isBlockDevice() ? `block:${String(stats.rdev)}` : `${String(stats.dev)}:${String(stats.ino)}`
