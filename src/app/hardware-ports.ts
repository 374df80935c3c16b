/** What the QEMU of this host is, machines apart. */

export interface Emulator {
  /** Asked once. */
  hasSpice(): Promise<boolean>
  /** Looked for each time: somebody may have installed it because weft said so. */
  hasSwtpm(): Promise<boolean>
}
