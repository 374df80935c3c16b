/** What a machine's definition does not say itself, and others are shown with it. */

/** What is known of a machine besides its definition. */
export interface DomainAround {
  /** Where its firmware remembers things. */
  readonly nvram: string
  /** What `auto` comes to on this host, where programs take `kvm` for a fault on one that has none. Absent: not looked at. */
  readonly accelerator?: 'kvm' | 'tcg'
  /** While it runs. */
  readonly live?: {
    /** libvirt numbers machines that run; weft takes QEMU's process id. Absent: QEMU is not there yet. */
    readonly id?: number
    readonly accelerator: 'kvm' | 'tcg'
    /** What it has begun with, where it has been given or has given up memory since. */
    readonly bootMiB?: number
    /** By the position of their devices. */
    readonly interfaces: readonly (string | undefined)[]
    readonly diskAliases: readonly string[]
    readonly cdAliases: readonly string[]
    readonly nicAliases: readonly string[]
    /** NICs whose cable somebody has pulled, by their MAC. */
    readonly pulled?: ReadonlySet<string>
    /** The socket its screen is seen on. */
    readonly screen?: string
  }
}
