/** What the QEMU of this host is, machines apart. */

export interface Emulator {
  /** Asked once. */
  hasSpice(): Promise<boolean>
}
