/** A bridge is to be the same client as the NIC was: systemd-networkd makes the number of a client from the name of its link. */
import type { UnitSection } from './unit-file.ts'

/** `clientId` in hexadecimal: ff, the number (IAID) in four bytes, who the host is (DUID); or 01 and the MAC. */
export function keepsIdentity(
  sections: readonly UnitSection[],
  clientId: string | undefined,
): [name: string, lines: string[]][] {
  const isSaid = (name: string, key: RegExp): boolean =>
    sections.some((section) => section.name === name && section.lines.some((line) => key.test(line)))
  const number = /^ff([0-9a-f]{8})/i.exec(clientId ?? '')?.[1]
  if (number === undefined || isSaid('DHCPv4', /^(IAID|ClientIdentifier)=/)) return []
  const line = `IAID=${String(Number.parseInt(number, 16))}`
  return [
    ['DHCPv4', [line]],
    ...(isSaid('DHCPv6', /^IAID=/) ? [] : [['DHCPv6', [line]] as [string, string[]]]),
  ]
}
