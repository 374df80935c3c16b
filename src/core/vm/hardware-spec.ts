/** The hardware of a machine beyond processors, memory, disks and NICs, as somebody wants it; near libvirt's elements. */

export interface HardwareSpec {
  /** libvirt's `<graphics>`; absent: nobody sees its screen but by `weft vm screenshot`. */
  readonly display?: DisplaySpec
}

/** Always on a unix socket in the machine's run directory, never on an address. */
export interface DisplaySpec {
  readonly kind: 'vnc' | 'spice'
}
