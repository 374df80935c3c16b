/** What the QEMU of this host is, machines apart. */
import type { QemuMachines } from '../core/vm/machine-type.ts'

export interface Emulator {
  /** Asked once. */
  hasSpice(): Promise<boolean>
  /** By the name of its driver; asked once. */
  hasDevice(driver: string): Promise<boolean>
  /** Types of machine; asked once. */
  machines(): Promise<QemuMachines>
  /** Of processors that it can play, by its own names; asked once. */
  cpuModels(): Promise<readonly string[]>
  /** As libvirt counts: 7.2.22 is 7002022; 0 without a QEMU. Asked once. */
  version(): Promise<number>
  /** Looked for each time: somebody may have installed it because weft said so. */
  hasSwtpm(): Promise<boolean>
}
