/** Ethernet addresses. Guests' are 52:54:00:…, QEMU's and libvirt's own prefix. */

declare const macBrand: unique symbol
/** Six lower-case hex pairs joined by colons. */
export type MacAddress = string & { readonly [macBrand]: true }

export function parseMac(text: string): MacAddress | undefined {
  const lower = text.toLowerCase()
  return /^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/.test(lower)
    ? (lower
        .split(':')
        .map((pair) => pair.padStart(2, '0'))
        .join(':') as MacAddress)
    : undefined
}

export function isMulticastMac(mac: MacAddress): boolean {
  return Number.parseInt(mac.slice(0, 2), 16) % 2 === 1
}

/** A guest's or a bridge's address from three random bytes. */
export function guestMac(random: readonly [number, number, number]): MacAddress {
  return `52:54:00:${random.map((byte) => byte.toString(16).padStart(2, '0')).join(':')}` as MacAddress
}

/**
 * The MAC of the host's end of a guest's NIC: the guest's with the first byte fe (fa when it is fe already), as libvirt does,
 * so that it is never the lowest on the bridge and never takes the bridge's own place.
 */
export function tapMac(guest: MacAddress): MacAddress {
  return `${guest.startsWith('fe') ? 'fa' : 'fe'}${guest.slice(2)}` as MacAddress
}
