/** What a machine's definition does not say itself, and others are shown with it. */

/** What is known of a machine besides its definition. */
export interface DomainAround {
  /** Where its firmware remembers things. */
  readonly nvram: string
  /** While it runs. */
  readonly live?: {
    /** libvirt numbers machines that run; weft takes QEMU's process id. */
    readonly id: number
    readonly accelerator: 'kvm' | 'tcg'
    /** By the position of their devices. */
    readonly interfaces: readonly (string | undefined)[]
    readonly diskAliases: readonly string[]
    readonly cdAliases: readonly string[]
    readonly nicAliases: readonly string[]
    /** The socket its screen is seen on. */
    readonly screen?: string
  }
}
